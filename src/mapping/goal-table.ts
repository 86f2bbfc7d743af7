import { GOAL_STATUSES, type GoalStatus } from '../goal/goal.ts'
import { FIELDS, GOAL_FIELDS } from '../goal/goal-fields.ts'

/** Where an agent keeps its goals: the table, its columns and the words it uses. */
export interface GoalTable {
  /** The table's name, in the connection's main database. */
  readonly table: string
  /** Which of its columns tell what. One that is not there tells nothing. */
  readonly columns: GoalColumns
  /** From the table's words to a goal's status; `cleared` for a row that stays but is no goal any more. Default: the statuses themselves. */
  readonly statuses?: Readonly<Record<string, GoalStatus | 'cleared'>> | undefined
  /** The thread where no column has it. Default: each goal's id is its own thread. */
  readonly thread?: string | undefined
  /** Where usage is kept row by row in a table of its own: a goal's is the sum over its rows. */
  readonly usage?: GoalUsageTable | undefined
}

/** A table with a row for each piece of work that a goal has taken. It should have an index on `goalId`. */
export interface GoalUsageTable {
  /** The table's name, in the same database. */
  readonly table: string
  /** The column that names the goal. */
  readonly goalId: string
  /** Tokens of this row; in place of the goal table's `tokensUsed`. */
  readonly tokens?: string | undefined
  /** Seconds of this row; in place of the goal table's `timeUsedSeconds`. */
  readonly seconds?: string | undefined
}

export interface GoalColumns {
  /** What names the goal. */
  readonly goalId: string
  /** What names the thread that the goal is on. */
  readonly threadId?: string | undefined
  /** A word of `statuses`. */
  readonly status: string
  /** Tokens; null for a goal without budget. */
  readonly tokenBudget?: string | undefined
  /** Tokens, cumulative; fractions are kept. */
  readonly tokensUsed?: string | undefined
  /** Seconds, cumulative; fractions are kept. */
  readonly timeUsedSeconds?: string | undefined
  /** Its length is recorded; its text only where that is asked for. */
  readonly objective?: string | undefined
  /** The model that works on the goal, as its provider calls it. */
  readonly model?: string | undefined
  /** Not null once the goal is gone, for tables that never delete. */
  readonly deletedAt?: string | undefined
}

/** Codex's own table. */
export const THREAD_GOALS: GoalTable = {
  table: 'thread_goals',
  columns: {
    goalId: 'goal_id',
    threadId: 'thread_id',
    status: 'status',
    tokenBudget: 'token_budget',
    tokensUsed: 'tokens_used',
    timeUsedSeconds: 'time_used_seconds',
    objective: 'objective',
  },
}

/** What of a row is mapped: a goal's fields, and how it says that it is gone. */
const COLUMNS: readonly (keyof GoalColumns)[] = [...FIELDS.map((field) => GOAL_FIELDS[field].name), 'deletedAt']

/**
 * Refuses a mapping that cannot be meant.
 * @throws {TypeError} naming the mistake's path, as `tables[0].columns.status`.
 */
export function checkGoalTables(tables: unknown): asserts tables is readonly GoalTable[] {
  if (!Array.isArray(tables)) throw new TypeError(`tables: expected an array of goal tables, got ${show(tables)}`)
  const mapped: string[] = []
  tables.forEach((table, index) => {
    checkGoalTable(table, `tables[${index}]`)
    // SQLite's names differ by no case; two mappings of a table would tell each change twice.
    const first = mapped.indexOf(table.table.toLowerCase())
    if (first >= 0) throw new TypeError(`tables[${index}].table: tables[${first}] maps ${show(table.table)} already`)
    mapped.push(table.table.toLowerCase())
  })
  tables.forEach(({ usage }, index) => {
    const goals = usage ? mapped.indexOf(usage.table.toLowerCase()) : -1
    if (goals >= 0) throw new TypeError(`tables[${index}].usage.table: tables[${goals}] maps it as a table of goals`)
  })
}

function checkGoalTable(given: unknown, path: string): void {
  const table = record(given, path, ['table', 'columns', 'statuses', 'thread', 'usage'])
  name(table.table, `${path}.table`)
  const columns = record(table.columns, `${path}.columns`, COLUMNS)
  for (const key of COLUMNS) {
    const needed = key === 'goalId' || key === 'status'
    if (columns[key] !== undefined || needed) name(columns[key], `${path}.columns.${key}`)
  }
  if (table.thread !== undefined) name(table.thread, `${path}.thread`)
  if (table.usage !== undefined) checkUsage(table.usage, columns, `${path}.usage`)
  if (table.statuses === undefined) return
  for (const [word, status] of Object.entries(record(table.statuses, `${path}.statuses`))) {
    if (status === 'cleared' || (GOAL_STATUSES as readonly unknown[]).includes(status)) continue
    const known = [...GOAL_STATUSES, 'cleared'].join(', ')
    throw new TypeError(`${path}.statuses.${word}: expected one of ${known}, got ${show(status)}`)
  }
}

function checkUsage(given: unknown, columns: Record<string, unknown>, path: string): void {
  const usage = record(given, path, ['table', 'goalId', 'tokens', 'seconds'])
  name(usage.table, `${path}.table`)
  name(usage.goalId, `${path}.goalId`)
  const told = [
    ['tokens', 'tokensUsed'],
    ['seconds', 'timeUsedSeconds'],
  ] as const
  if (told.every(([key]) => usage[key] === undefined)) throw new TypeError(`${path}: expected tokens, seconds or both`)
  for (const [key, column] of told) {
    if (usage[key] === undefined) continue
    name(usage[key], `${path}.${key}`)
    if (columns[column] !== undefined) throw new TypeError(`${path}.${key}: columns.${column} tells the same`)
  }
}

function record(given: unknown, path: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`${path}: expected an object, got ${show(given)}`)
  }
  const unknown = keys && Object.keys(given).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new TypeError(`${path}.${unknown}: unknown; the keys are ${keys?.join(', ')}`)
  return given as Record<string, unknown>
}

function name(given: unknown, path: string): void {
  if (typeof given !== 'string' || given === '') throw new TypeError(`${path}: expected a name, got ${show(given)}`)
}

function show(given: unknown): string {
  return JSON.stringify(given) ?? String(given)
}
