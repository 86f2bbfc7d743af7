import type { GoalSnapshot } from './goal-change.ts'
import type { GoalTurn, Moment, OpenGoal, TurnChange } from './open-goal.ts'

/**
 * The turn in which a change was made, where that is not the last one; undefined where it is, and for a change without a turn,
 * as a person's, which ends none.
 *
 * Where the agent has accounted time, as it does at the end of each step, the turn has lasted at least that long.
 */
export function turnBegunBy(
  { turn, latest, begunMs }: OpenGoal,
  before: GoalSnapshot,
  { timeUsedSeconds: seconds }: GoalSnapshot,
  { uid, atMs, known: { turnId }, caller }: Moment,
): GoalTurn | undefined {
  if (turnId === undefined || turnId === null || turn?.id === turnId) return undefined
  const accounted = Math.max(0, (seconds ?? 0) - (before.timeUsedSeconds ?? seconds ?? 0))
  return {
    id: turnId,
    fromMs: Math.min(atMs, Math.max(begunMs, latest?.atMs ?? 0, atMs - Math.round(accounted * 1000))),
    uid,
    tokens: before.tokensUsed,
    seconds: before.timeUsedSeconds,
    ...(caller && { madeIn: caller }),
  }
}

export function turnChange({ tokensUsed, timeUsedSeconds }: GoalSnapshot, { uid, atMs }: Moment): TurnChange {
  return { uid, atMs, tokens: tokensUsed, seconds: timeUsedSeconds }
}
