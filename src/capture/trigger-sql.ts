import { GOAL_FIELDS, type Side, side } from '../goal/goal-fields.ts'
import type { GoalTable, GoalUsageTable } from '../mapping/goal-table.ts'
import { GOAL_COLUMNS, OUTBOX } from '../outbox/outbox-table.ts'
import { literal } from '../sqlite/sql-literal.ts'
import type { PartialIndex } from './partial-index.ts'
import type { UniqueKey } from './unique-key.ts'

/** The SQL functions that the triggers call; one connection's own, gone with it. */
export const FUNCTIONS = {
  inserted: '_goaltrace_inserted',
  updated: '_goaltrace_updated',
  deleted: '_goaltrace_deleted',
  ended: '_goaltrace_ended',
  trim: '_goaltrace_trim',
} as const

/** A trigger by its name, and what it consists of. */
export type Trigger = (name: string, when: string, ...body: string[]) => string

export interface TriggerOptions {
  /** The id of whose rows these are. */
  readonly sender: number
  /** Whether objectives and reasons are kept: of an objective not just its length. */
  readonly captureObjective: boolean
  /** Whether an update passes its thread: handing it to JavaScript costs as much as the rest of the call. */
  readonly passThread: boolean
  /** Whether a change drops rows that newer ones supersede; see outbox/outbox-compaction.ts. */
  readonly dropping: boolean
}

/**
 * The statement by which a change deletes rows that were delivered before it.
 * @param newest The number of the change's own row.
 * @param due Wraps the call in the condition under which it is made.
 */
export function deleteDelivered(newest: string, due = (call: string) => call): string {
  return `DELETE FROM ${OUTBOX} WHERE seq < ${due(`${FUNCTIONS.trim}(${newest})`)};`
}

/** Whether two versions of a value are not the same to the last byte, whatever their column's collation takes for equal. */
export function differs(one: string, other: string): string {
  return `${one} IS NOT ${other} COLLATE BINARY`
}

/** A row of the outbox, in SQL. */
interface RowSql {
  readonly sender: number
  readonly context: string
  /** Versions of the goal; undefined where there is none. */
  readonly before?: Side<string>
  readonly after?: Side<string>
}

const INTO = `INSERT INTO ${OUTBOX} (sender, context, ${GOAL_COLUMNS.map(({ column }) => column).join(', ')})`

export function insertRow(row: RowSql): string {
  return `${INTO} VALUES (${valuesOf(row)});`
}

/** @param selects What `selectRow` returns: their rows in order. */
export function insertRows(...selects: string[]): string {
  return `${INTO} ${selects.join('\nUNION ALL ')};`
}

/** One row for each of those that `from` has. */
export function selectRow(row: RowSql, from: string): string {
  return `SELECT ${valuesOf(row)} ${from}`
}

function valuesOf({ sender, context, before, after }: RowSql): string {
  const goal = { before, after, last: after ?? before }
  return [sender, context, ...GOAL_COLUMNS.map(({ field, of }) => goal[of]?.[field] ?? 'NULL')].join(', ')
}

/** A goal as one version of its row has it, in SQL. */
export function sideOf(table: GoalTable, row: string, captureObjective: boolean): Side<string> {
  const { columns, thread, usage } = table
  const value = (column: string | undefined) => (column === undefined ? 'NULL' : `${row}.${identifier(column)}`)
  const goal = value(columns.goalId)
  const mapped = side((field) => value(columns[GOAL_FIELDS[field].name]))
  return {
    ...mapped,
    thread: columns.threadId !== undefined ? mapped.thread : thread !== undefined ? literal(thread) : goal,
    goal: columns.deletedAt === undefined ? goal : `CASE WHEN ${isKept(value(columns.deletedAt))} THEN ${goal} END`,
    tokens: usage?.tokens === undefined ? mapped.tokens : totalOf(usage, usage.tokens, goal),
    seconds: usage?.seconds === undefined ? mapped.seconds : totalOf(usage, usage.seconds, goal),
    objective: captureObjective || columns.objective === undefined ? mapped.objective : `length(${mapped.objective})`,
    reason: captureObjective ? mapped.reason : 'NULL',
  }
}

/** Whether a column that says when a goal was deleted, or that it was, says that it was not. Never NULL. */
export function isKept(deletedAt: string): string {
  return `(${deletedAt} IS NULL OR ${deletedAt} = 0 OR ${deletedAt} IN ('', 'false'))`
}

/** Whether the goal of a row that stays has ended; undefined if no column says so. */
export function endedIn({ columns, statuses = {} }: GoalTable, row: string): string | undefined {
  const { deletedAt, status } = columns
  const cleared = Object.keys(statuses).filter((word) => statuses[word] === 'cleared')
  const conditions = [
    deletedAt !== undefined && `NOT ${isKept(`${row}.${identifier(deletedAt)}`)}`,
    cleared.length > 0 && `coalesce(${isOneOf(cleared, `${row}.${identifier(status)}`)}, 0)`,
  ].filter((condition) => condition !== false)
  return conditions.length === 0 ? undefined : `(${conditions.join(' OR ')})`
}

/** Whatever its case, as mapping/goal-table.ts reads it. One text, as each trigger would build an index of a list. */
function isOneOf(words: readonly string[], value: string): string {
  const list = words.map((word) => word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())).join('\n')
  return `instr(${literal(`\n${list}\n`)}, char(10) || lower(${value}) || char(10)) > 0`
}

function totalOf({ table, goalId }: GoalUsageTable, column: string, goal: string): string {
  const of = `_goaltrace_usage.${identifier(column)}`
  const from = `main.${identifier(table)} AS _goaltrace_usage`
  return `(SELECT total(${of}) FROM ${from} WHERE _goaltrace_usage.${identifier(goalId)} = ${goal})`
}

/** SQL for whether a written row conflicts with others by a key. */
export interface Conflict {
  /** Whether another row has the same values of this key. */
  readonly is: string
  /** Whether an update leaves it where it was by this key. */
  readonly stays: string
}

export function conflictOf({ columns, partial }: UniqueKey, noted: string): Conflict {
  const same = (operator: '=' | 'IS', row: string) =>
    columns.map(({ name, collation }) => {
      const column = identifier(name)
      const by = collation === undefined ? '' : ` COLLATE ${identifier(collation)}`
      return `${row}.${column} ${operator} NEW.${column}${by}`
    })
  const [is, stays] = [same('=', noted), same('IS', 'OLD')].map((terms) => terms.join(' AND ')) as [string, string]
  if (partial === undefined) return { is: `(${is})`, stays: `(${stays})` }
  // The condition as the index has it, so that SQLite finds the row by that (https://sqlite.org/partialindex.html).
  return {
    is: `(${is} AND (${partial.where}\n) AND ${inIndex(partial, 'NEW')})`,
    stays: `(NOT ${inIndex(partial, 'NEW')} OR (${stays} AND ${inIndex(partial, 'OLD')}))`,
  }
}

/**
 * 1 for a row that a partial index has, else 0. Its condition names bare columns, so the subquery gives it those of the
 * row.
 */
export function inIndex({ where, columns }: PartialIndex, row: string): string {
  const named = columns.map((name) => `${row}.${identifier(name)} AS ${identifier(name)}`)
  return `(SELECT CASE WHEN (${where}\n) THEN 1 ELSE 0 END FROM (SELECT ${named.join(', ')}))`
}

/** The columns whose change may make a row conflict with another by this key. */
export function columnsOf(key: UniqueKey): string[] {
  return [...key.columns.map(({ name }) => name), ...(key.partial?.columns ?? [])]
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
