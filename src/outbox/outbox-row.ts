import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { isGoalStatus } from '../goal/goal.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import type { ChangeContext, KnownContext } from './change-context.ts'
import type { OutboxRow, SqlValue } from './outbox-table.ts'

/** Whose rows these are: an attachment's resource and what it knew of its table. */
export interface Sender {
  readonly resource: ResourceAttributes
  readonly table: GoalTable
}

/** Of a sum of doubles that is taken apart again, relative to it. */
const ROUNDING = 1e-12

/** What a row says. */
export interface RowChanges<S extends Sender = Sender> {
  readonly row: OutboxRow
  readonly context: ChangeContext
  readonly sender: S
  /** In the order in which they happened. */
  readonly changes: readonly GoalChange[]
}

export function serviceOf({ resource }: Sender): string {
  return String(resource['service.name'] ?? 'unknown_service')
}

/** The changes of one row in the order in which they happened: what a REPLACE took away for it, then the goal's own. */
export function changesOf(row: OutboxRow, known: KnownContext, sender: Sender): GoalChange[] {
  const { replaced = [], replacedUsage: [tokens, seconds] = [0, 0] } = known
  const before = snapshot(
    [
      row.old_thread,
      row.old_goal,
      row.old_status,
      row.old_budget,
      more(row.old_tokens, tokens, row.tokens),
      more(row.old_seconds, seconds, row.seconds),
    ],
    row.goal === null ? row.objective : null,
    sender,
  )
  const after = snapshot([row.thread, row.goal, row.status, row.budget, row.tokens, row.seconds], row.objective, sender)
  if (replaced.length === 0) return [{ before, after }]
  const taken = replaced.flatMap((side) => snapshot(side.slice(0, 6), side[6] ?? null, sender) ?? [])
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

/** Before a REPLACE took rows of usage away; `now` itself where only the sum's own rounding tells the two apart. */
function more(value: SqlValue, by: number, now: SqlValue): SqlValue {
  if (by === 0) return value
  const sum = Number(value) + by
  return Math.abs(sum - Number(now)) <= ROUNDING * Math.max(Math.abs(Number(now)), Math.abs(by)) ? now : sum
}

/** A side of the row as a goal; null where there is none, or where its status says that it is no goal any more. */
function snapshot(
  [thread, goal, status, budget, tokens, seconds]: readonly (SqlValue | undefined)[],
  objective: SqlValue,
  { table }: Sender,
): GoalSnapshot | null {
  if (goal === null || goal === undefined) return null
  const { columns, usage } = table
  const meant = statusOf(status, table)
  if (meant === 'cleared') return null
  return {
    threadId: text(thread ?? goal),
    goalId: text(goal),
    status: isGoalStatus(meant) ? meant : undefined,
    tokenBudget: columns.tokenBudget === undefined ? undefined : budget === null ? null : number(budget),
    tokensUsed: (columns.tokensUsed ?? usage?.tokens) === undefined ? undefined : number(tokens),
    timeUsedSeconds: (columns.timeUsedSeconds ?? usage?.seconds) === undefined ? undefined : number(seconds),
    objectiveLength: typeof objective === 'string' ? [...objective].length : number(objective),
    objective: typeof objective === 'string' ? objective : undefined,
  }
}

/** What a table's word means; itself where nothing maps it, undefined where a mapping does not know it. */
export function statusOf(value: unknown, { statuses }: GoalTable): string | undefined {
  const word = String(value)
  return statuses === undefined ? word : Object.hasOwn(statuses, word) ? statuses[word] : undefined
}

function text(value: SqlValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
}

/**
 * SQLite keeps in a column whatever it is given; what is no number tells nothing. Nor does what is beyond 64 bits, which
 * the exporters would write as an integer that no receiver can read.
 */
function number(value: SqlValue | undefined): number | undefined {
  if (value === null || value === undefined || value instanceof Uint8Array) return undefined
  if (typeof value === 'string' && value.trim() === '') return undefined
  const number = Number(value)
  return Math.abs(number) < 2 ** 63 ? number : undefined
}
