import type { Checkpoint } from './checkpoint.ts'
import type { OpenGoalChanges } from './checkpoint-store.ts'

/**
 * Goals that are not over and are kept in the agent's database too, as the checkpoint is, for a state directory that does not last:
 * 100 KB at most, written when the agent rests or ends.
 */
export const MOST_KEPT = 256

/** The text in the state table. */
export function openGoalsText({ seq, uid }: Checkpoint, openGoals: OpenGoalChanges): string {
  return JSON.stringify([seq, uid, openGoals])
}

/** The open goals in such a text; undefined where it is of another checkpoint, as where an earlier goaltrace has moved that since. */
export function parseOpenGoals(text: string, { seq, uid }: Checkpoint): OpenGoalChanges | undefined {
  try {
    const [keptSeq, keptUid, openGoals] = JSON.parse(text) as unknown[]
    return keptSeq === seq && keptUid === uid && Array.isArray(openGoals) ? openGoals : undefined
  } catch {
    return undefined
  }
}
