import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { isGoalStatus } from '../goal/goal.ts'
import { FIELDS, type Side, side } from '../goal/goal-fields.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import type { ChangeContext, KnownContext, ReplacedRow } from './change-context.ts'
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

/** The changes of one row in the order in which they happened: what a REPLACE deleted for it, then the goal's own. */
export function changesOf(row: OutboxRow, known: KnownContext, sender: Sender): GoalChange[] {
  const { replaced = [], replacedUsage: [tokens, seconds] = [0, 0] } = known
  const before = snapshot(oldSide(row, tokens, seconds), sender)
  const after = snapshot(row, sender)
  if (replaced.length === 0) return [{ before, after }]
  const taken = replaced.flatMap((side) => snapshot(replacedSide(side), sender) ?? [])
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

/** The sum before a REPLACE deleted rows of usage; `now` itself where the two differ only by the sum's own rounding. */
function more(value: SqlValue, by: number, now: SqlValue): SqlValue {
  if (by === 0) return value
  const sum = Number(value) + by
  return Math.abs(sum - Number(now)) <= ROUNDING * Math.max(Math.abs(Number(now)), Math.abs(by)) ? now : sum
}

/** The goal before the change. */
function oldSide(row: OutboxRow, moreTokens: number, moreSeconds: number): Side<SqlValue> {
  const { old_thread, old_goal, old_status, old_budget, old_tokens, old_seconds } = row
  return {
    thread: old_thread,
    goal: old_goal,
    status: old_status,
    budget: old_budget,
    tokens: more(old_tokens, moreTokens, row.tokens),
    seconds: more(old_seconds, moreSeconds, row.seconds),
    objective: row.goal === null ? row.objective : null,
    model: row.goal === null ? row.model : null,
  }
}

function replacedSide(values: ReplacedRow): Side<SqlValue> {
  return side((field) => values[FIELDS.indexOf(field)] ?? null)
}

/** A side of the row as a goal; null where there is none, or where its status says that it is no goal any more. */
export function snapshot(side: Side<SqlValue>, { table }: Pick<Sender, 'table'>): GoalSnapshot | null {
  const { goal, budget, objective } = side
  if (goal === null || goal === undefined) return null
  const { columns, usage } = table
  const status = statusOf(side.status, table)
  if (status === 'cleared') return null
  return {
    threadId: text(side.thread ?? goal),
    goalId: text(goal),
    status: isGoalStatus(status) ? status : undefined,
    tokenBudget: columns.tokenBudget === undefined ? undefined : budget === null ? null : number(budget),
    tokensUsed: (columns.tokensUsed ?? usage?.tokens) === undefined ? undefined : number(side.tokens),
    timeUsedSeconds: (columns.timeUsedSeconds ?? usage?.seconds) === undefined ? undefined : number(side.seconds),
    objectiveLength: typeof objective === 'string' ? [...objective].length : number(objective),
    objective: typeof objective === 'string' ? objective : undefined,
    model: side.model === null || side.model === '' ? undefined : text(side.model),
  } satisfies Record<keyof GoalSnapshot, unknown>
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
 * SQLite keeps in a column whatever it is given; what is no number is not known. Nor is what is beyond 64 bits, which
 * the exporters would write as an integer that no receiver can read.
 */
function number(value: SqlValue | undefined): number | undefined {
  if (value === null || value === undefined || value instanceof Uint8Array) return undefined
  if (typeof value === 'string' && value.trim() === '') return undefined
  const number = Number(value)
  return Math.abs(number) < 2 ** 63 ? number : undefined
}
