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
  moved: '_goaltrace_moved',
  deleted: '_goaltrace_deleted',
  ended: '_goaltrace_ended',
  writing: '_goaltrace_writing',
  replacing: '_goaltrace_replacing',
  trim: '_goaltrace_trim',
} as const

export interface TriggerOptions {
  /** The id of whose rows these are. */
  readonly sender: number
  /** Whether texts of objectives are kept, not just their lengths. */
  readonly captureObjective: boolean
  /** Whether an update passes its thread: handing it to JavaScript costs as much as the rest of the call. */
  readonly passThread: boolean
  /** Whether a change drops rows that newer ones supersede; see outbox/outbox-compaction.ts. */
  readonly dropping: boolean
}

/**
 * What a change does about the rows that were delivered before it: it deletes them.
 * @param newest The number of the change's own row.
 * @param due Of a call, when it is made.
 */
export function deleteDelivered(newest: string, due = (call: string) => call): string {
  return `DELETE FROM ${OUTBOX} WHERE seq < ${due(`${FUNCTIONS.trim}(${newest})`)};`
}

/**
 * A row of the outbox, in SQL.
 * @param before, after One version of the goal; undefined where there is none.
 * @param from Where they are read, for each of whose rows one is written; absent where they are the trigger's own row.
 */
export function insertRow(
  sender: number,
  context: string,
  { before, after, from }: { before?: Side<string>; after?: Side<string>; from?: string },
): string {
  const goal = { before, after, last: after ?? before }
  const columns = ['sender', 'context', ...GOAL_COLUMNS.map(({ column }) => column)]
  const values = [sender, context, ...GOAL_COLUMNS.map(({ field, of }) => goal[of]?.[field] ?? 'NULL')].join(', ')
  return `INSERT INTO ${OUTBOX} (${columns.join(', ')}) ${from === undefined ? `VALUES (${values})` : `SELECT ${values} ${from}`};`
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
    goal: columns.deletedAt === undefined ? goal : `CASE WHEN ${value(columns.deletedAt)} IS NULL THEN ${goal} END`,
    tokens: usage?.tokens === undefined ? mapped.tokens : totalOf(usage, usage.tokens, goal),
    seconds: usage?.seconds === undefined ? mapped.seconds : totalOf(usage, usage.seconds, goal),
    objective: captureObjective || columns.objective === undefined ? mapped.objective : `length(${mapped.objective})`,
  }
}

/** Whether a row that stays is no goal any more; undefined where no column says so. */
export function endedIn({ columns, statuses = {} }: GoalTable, row: string): string | undefined {
  const { deletedAt, status } = columns
  const cleared = Object.keys(statuses).filter((word) => statuses[word] === 'cleared')
  const conditions = [
    deletedAt !== undefined && `${row}.${identifier(deletedAt)} IS NOT NULL`,
    cleared.length > 0 && `coalesce(${row}.${identifier(status)} IN (${cleared.map(literal).join(', ')}), 0)`,
  ].filter((condition) => condition !== false)
  return conditions.length === 0 ? undefined : `(${conditions.join(' OR ')})`
}

function totalOf({ table, goalId }: GoalUsageTable, column: string, goal: string): string {
  const of = `_goaltrace_usage.${identifier(column)}`
  const from = `main.${identifier(table)} AS _goaltrace_usage`
  return `(SELECT total(${of}) FROM ${from} WHERE _goaltrace_usage.${identifier(goalId)} = ${goal})`
}

/** How a row that is written stands to a key. */
export interface Conflict {
  /** Whether a row noted before is in its way. */
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

/** 1 for a row that a partial index has, else 0. Its condition names columns of no row, so they are made some of one. */
export function inIndex({ where, columns }: PartialIndex, row: string): string {
  const named = columns.map((name) => `${row}.${identifier(name)} AS ${identifier(name)}`)
  return `(SELECT CASE WHEN (${where}\n) THEN 1 ELSE 0 END FROM (SELECT ${named.join(', ')}))`
}

/** By whose change a row may come into the way of another. */
export function columnsOf(key: UniqueKey): string[] {
  return [...key.columns.map(({ name }) => name), ...(key.partial?.columns ?? [])]
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
