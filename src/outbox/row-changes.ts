import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { goalKey } from '../event/open-goal.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { isGoalStatus } from '../goal/goal.ts'
import type { Side } from '../goal/goal-fields.ts'
import { knownAmount } from '../goal/known-amount.ts'
import { type GoalTable, statusOf } from '../mapping/goal-table.ts'
import type { ChangeContext } from './change-context.ts'
import type { OutboxRow, SqlValue } from './outbox-table.ts'

/** Whose rows these are: an attachment's resource and what it knew of its table. */
export interface Sender {
  readonly resource: ResourceAttributes
  readonly table: GoalTable
}

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

export function changeOf(row: OutboxRow, sender: Sender): GoalChange {
  return { before: snapshot(oldSide(row), sender), after: snapshot(row, sender) }
}

/** The goal before the change. */
function oldSide(row: OutboxRow): Side<SqlValue> {
  return {
    thread: row.old_thread,
    goal: row.old_goal,
    status: row.old_status,
    budget: row.old_budget,
    tokens: row.old_tokens,
    seconds: row.old_seconds,
    objective: row.goal === null ? row.objective : null,
    model: row.goal === null ? row.model : null,
    reason: row.goal === null ? row.reason : null,
  }
}

/** A side of the row as a goal; null if there is none, or if its status says that the goal has ended. */
export function snapshot(side: Side<SqlValue>, { table }: Pick<Sender, 'table'>): GoalSnapshot | null {
  const { goal, budget, objective } = side
  if (goal === null || goal === undefined) return null
  const { columns, usage } = table
  const status = statusOf(side.status, table)
  if (status === 'cleared') return null
  const amount = (value: SqlValue | undefined) => knownAmount(number(value), table.table)
  return {
    threadId: text(side.thread ?? goal),
    goalId: text(goal),
    status: isGoalStatus(status) ? status : undefined,
    tokenBudget: columns.tokenBudget === undefined ? undefined : budget === null ? null : amount(budget),
    tokensUsed: (columns.tokensUsed ?? usage?.tokens) === undefined ? undefined : amount(side.tokens),
    timeUsedSeconds: (columns.timeUsedSeconds ?? usage?.seconds) === undefined ? undefined : amount(side.seconds),
    objectiveLength: typeof objective === 'string' ? [...objective].length : number(objective),
    objective: typeof objective === 'string' ? objective : undefined,
    model: side.model === null || side.model === '' ? undefined : text(side.model),
    reason: typeof side.reason === 'string' && side.reason !== '' ? side.reason : undefined,
  } satisfies Record<keyof GoalSnapshot, unknown>
}

/** The keys of the goals that a row is about, see goalKey. */
export function goalKeysIn(row: OutboxRow, { table: { table } }: Pick<Sender, 'table'>): string[] {
  return [row, oldSide(row)].flatMap(({ thread, goal }) =>
    goal === null ? [] : [goalKey(table, text(thread ?? goal), text(goal))],
  )
}

function text(value: SqlValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
}

/**
 * SQLite columns take any value; one that is not a number counts as unknown. So does one beyond 64 bits, which
 * the exporters would write as an integer that no receiver can read.
 */
function number(value: SqlValue | undefined): number | undefined {
  if (value === null || value === undefined || value instanceof Uint8Array) return undefined
  if (typeof value === 'string' && value.trim() === '') return undefined
  const number = Number(value)
  return Math.abs(number) < 2 ** 63 ? number : undefined
}
