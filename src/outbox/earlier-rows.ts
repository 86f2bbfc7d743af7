import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { FIELDS, side } from '../goal/goal-fields.ts'
import type { KnownContext } from './change-context.ts'
import type { OutboxRow, SqlValue } from './outbox-table.ts'
import { changeOf, type Sender, snapshot } from './row-changes.ts'

/**
 * What goaltrace 0.1.0 wrote of a REPLACE, which may still be pending in an outbox. Its row has no old side, but the goals
 * that were replaced in its context, and a delete trigger's row of the same goal stands before it. Rows written since are
 * complete.
 */
export interface EarlierContext extends KnownContext {
  /** The goals whose rows were replaced, each in the order of FIELDS. */
  readonly replaced?: readonly (readonly SqlValue[])[] | undefined
  /** Tokens and seconds of this goal in rows of usage that were replaced: to be added to the old side. */
  readonly replacedUsage?: readonly [tokens: number, seconds: number] | undefined
  /** The uids of such rows of delete triggers. */
  readonly supersedes?: readonly string[] | undefined
}

export function isEarlier(known: KnownContext): known is EarlierContext {
  return 'replaced' in known || 'replacedUsage' in known || 'supersedes' in known
}

/** Whether a context, as bytes in SQL, says that its row replaced others. */
export const IS_EARLIER = `instr(context, CAST('"replac' AS BLOB))`

/** Whether a context is of a delete trigger's row that the next row may supersede. */
export function mayBeSuperseded(context: string): boolean {
  return context.includes('"replacing":true')
}

/** The changes of such a row in the order in which they happened: the goals that are gone, then its own. */
export function earlierChanges(row: OutboxRow, known: EarlierContext, sender: Sender): GoalChange[] {
  const { before, after } = changeOf(withReplacedUsage(row, known), sender)
  const { replaced = [] } = known
  const taken = replaced.flatMap(
    (goal) =>
      snapshot(
        side((field) => goal[FIELDS.indexOf(field)] ?? null),
        sender,
      ) ?? [],
  )
  const sameThread = (goal: GoalSnapshot) => goal.threadId === after?.threadId
  const sameGoal = (goal: GoalSnapshot) => goal.goalId === after?.goalId
  const previous =
    before ??
    taken.find((goal) => sameThread(goal) && sameGoal(goal)) ??
    taken.find(sameThread) ??
    taken.find(sameGoal) ??
    null
  const gone = taken.filter((goal) => goal !== previous)
  return [...gone.map((goal) => ({ before: goal, after: null })), { before: previous, after }]
}

function withReplacedUsage(row: OutboxRow, { replacedUsage: [tokens, seconds] = [0, 0] }: EarlierContext): OutboxRow {
  return {
    ...row,
    old_tokens: more(row.old_tokens, tokens, row.tokens),
    old_seconds: more(row.old_seconds, seconds, row.seconds),
  }
}

/** `now` itself if the two differ only by the rounding of a sum of doubles. */
function more(value: SqlValue, by: number, now: SqlValue): SqlValue {
  if (by === 0) return value
  const sum = Number(value) + by
  return Math.abs(sum - Number(now)) <= 1e-12 * Math.max(Math.abs(Number(now)), Math.abs(by)) ? now : sum
}
