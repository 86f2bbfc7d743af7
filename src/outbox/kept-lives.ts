import type { Checkpoint } from './checkpoint.ts'
import type { LifeChanges } from './checkpoint-store.ts'

/**
 * Goals that are not over and are kept in the agent's database too, as the checkpoint is, for a state directory that does not last:
 * 100 KB at most, written when the agent rests or ends.
 */
export const MOST_KEPT = 256

/** The text in the state table. */
export function keptText({ seq, uid }: Checkpoint, lives: LifeChanges): string {
  return JSON.stringify([seq, uid, lives])
}

/** The lives in such a text; undefined where it is of another checkpoint, as where an earlier goaltrace has moved that since. */
export function livesOf(text: string, { seq, uid }: Checkpoint): LifeChanges | undefined {
  try {
    const [keptSeq, keptUid, lives] = JSON.parse(text) as unknown[]
    return keptSeq === seq && keptUid === uid && Array.isArray(lives) ? lives : undefined
  } catch {
    return undefined
  }
}
