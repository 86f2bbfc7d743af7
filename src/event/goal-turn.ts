import type { GoalSnapshot } from './goal-change.ts'
import type { GoalTurn, Moment, OpenGoal } from './open-goal.ts'

/**
 * The last turn that has changed a goal, after one more change. A change without a turn, as a person's, ends none.
 *
 * Where the agent has accounted time, as it does at the end of each step, the turn has lasted at least that long.
 */
export function turnAfter(
  { turn, begunMs }: OpenGoal,
  before: GoalSnapshot,
  after: GoalSnapshot,
  { uid, atMs, known, caller }: Moment,
): GoalTurn | undefined {
  const { turnId } = known
  if (turnId === undefined || turnId === null) return turn
  const { tokensUsed: tokens, timeUsedSeconds: seconds } = after
  if (turn?.id === turnId) return { ...turn, untilMs: atMs, lastUid: uid, tokens, seconds }
  const accounted = Math.max(0, (seconds ?? 0) - (before.timeUsedSeconds ?? seconds ?? 0))
  return {
    id: turnId,
    fromMs: Math.min(atMs, Math.max(begunMs, turn?.untilMs ?? 0, atMs - Math.round(accounted * 1000))),
    untilMs: atMs,
    firstUid: uid,
    lastUid: uid,
    tokensBefore: before.tokensUsed,
    secondsBefore: before.timeUsedSeconds,
    tokens,
    seconds,
    ...(caller && { madeIn: caller }),
  }
}
