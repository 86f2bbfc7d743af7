import type { GoalTable, GoalUsageTable } from './goal-table.ts'
import type { UniqueKey } from './observed-table.ts'

/** The SQL functions that the triggers call; one connection's own, gone with it. */
export const FUNCTIONS = {
  inserted: '_goaltrace_inserted',
  updated: '_goaltrace_updated',
  moved: '_goaltrace_moved',
  deleted: '_goaltrace_deleted',
  writing: '_goaltrace_writing',
  replacing: '_goaltrace_replacing',
  trim: '_goaltrace_trim',
} as const

/** As the note of a replaced row has them. */
export const SIDE = ['thread', 'goal', 'status', 'budget', 'tokens', 'seconds', 'objective'] as const

export const COLUMNS =
  'sender, context, old_thread, old_goal, old_status, old_budget, old_tokens, old_seconds, ' +
  'thread, goal, status, budget, tokens, seconds, objective'

export interface TriggerOptions {
  /** The id of whose rows these are. */
  readonly sender: number
  /** Whether texts of objectives are kept, not just their lengths. */
  readonly captureObjective: boolean
  /** Whether an update tells its thread: handing it to JavaScript costs as much as the rest of the call. */
  readonly tellThread: boolean
  /** Whether a change drops rows that newer ones supersede; see outbox/overflow.ts. */
  readonly dropping: boolean
}

/** A goal as one version of its row says it, in SQL. */
export type Side = Record<(typeof SIDE)[number], string>

export function sideOf({ columns, thread, usage }: GoalTable, row: string, captureObjective: boolean): Side {
  const value = (column: string | undefined) => (column === undefined ? 'NULL' : `${row}.${identifier(column)}`)
  const goal = value(columns.goalId)
  const objective = value(columns.objective)
  return {
    thread: columns.threadId !== undefined ? value(columns.threadId) : thread !== undefined ? literal(thread) : goal,
    goal: columns.deletedAt === undefined ? goal : `CASE WHEN ${value(columns.deletedAt)} IS NULL THEN ${goal} END`,
    status: value(columns.status),
    budget: value(columns.tokenBudget),
    tokens: usage?.tokens === undefined ? value(columns.tokensUsed) : totalOf(usage, usage.tokens, goal),
    seconds: usage?.seconds === undefined ? value(columns.timeUsedSeconds) : totalOf(usage, usage.seconds, goal),
    objective: captureObjective || columns.objective === undefined ? objective : `length(${objective})`,
  }
}

function totalOf({ table, goalId }: GoalUsageTable, column: string, goal: string): string {
  const of = `_goaltrace_usage.${identifier(column)}`
  const from = `main.${identifier(table)} AS _goaltrace_usage`
  return `(SELECT total(${of}) FROM ${from} WHERE _goaltrace_usage.${identifier(goalId)} = ${goal})`
}

/** Whether a row's key is the new row's. */
export function sameKey(key: UniqueKey, operator: '=' | 'IS', row: string): string {
  const same = key.map(({ name, collation }) => {
    const column = identifier(name)
    const by = collation === undefined ? '' : ` COLLATE ${identifier(collation)}`
    return `${row}.${column} ${operator} NEW.${column}${by}`
  })
  return `(${same.join(' AND ')})`
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
