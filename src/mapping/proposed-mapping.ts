import { GOAL_STATUSES, type GoalStatus, isGoalStatus } from '../goal/goal.ts'
import type { GoalColumns, GoalTable } from './goal-table.ts'

/** What is read of a database here: `all` rows of a query. */
export type Query = (sql: string, ...parameters: unknown[]) => Record<string, unknown>[]

export interface ProposedMapping {
  readonly mapping: GoalTable
  /** Words of its status column whose meaning only the agent's author knows. */
  readonly unknown: readonly string[]
}

/** How agents name these columns, the likeliest first. A proposal that somebody reads, never what is observed automatically. */
const NAMES: Readonly<Record<keyof GoalColumns, readonly string[]>> = {
  goalId: ['goal_id', 'id', 'uuid'],
  threadId: ['thread_id', 'conversation_id', 'session_id', 'chat_id'],
  status: ['status', 'state', 'status_name'],
  tokenBudget: ['token_budget', 'max_tokens'],
  tokensUsed: ['tokens_used', 'used_tokens', 'total_tokens', 'tokens'],
  timeUsedSeconds: ['time_used_seconds', 'seconds_used', 'duration_seconds'],
  objective: ['objective', 'title', 'description'],
  model: ['model', 'model_name', 'model_id', 'llm_model'],
  reason: [
    'reason',
    'status_reason',
    'blocked_reason',
    'block_reason',
    'blocked_by',
    'error',
    'error_message',
    'failure_reason',
  ],
  deletedAt: ['deleted_at'],
}

const MEANINGS: Readonly<Record<string, GoalStatus | 'cleared'>> = {
  ...Object.fromEntries(GOAL_STATUSES.map((status) => [status, status])),
  in_progress: 'active',
  running: 'active',
  completed: 'complete',
  done: 'complete',
  achieved: 'complete',
  on_hold: 'paused',
  failed: 'blocked',
  cancelled: 'cleared',
  canceled: 'cleared',
  abandoned: 'cleared',
  deleted: 'cleared',
}

/** Mappings for the tables of a database that look as if they held goals. */
export function proposedMappings(query: Query): ProposedMapping[] {
  return mappingsOf(`name LIKE '%goal%'`, query)
}

const MOST_GUESSES = 5
/** What a status is: one of few words. A `state` may also be a document or the name of a place. */
const MOST_WORDS = 20
const WORD = /^[\w -]{1,40}$/

/** Mappings for tables whose names say nothing of goals, but that have a status as goals do; the most alike first. */
export function guessedMappings(query: Query): ProposedMapping[] {
  const alike = ({ mapping }: ProposedMapping) => Object.keys(mapping.columns).length
  return mappingsOf(`name NOT LIKE '%goal%'`, query)
    .filter(({ words }) => words.length <= MOST_WORDS && words.every((word) => WORD.test(word)))
    .sort((one, other) => alike(other) - alike(one))
    .slice(0, MOST_GUESSES)
}

function mappingsOf(condition: string, query: Query): (ProposedMapping & { words: readonly string[] })[] {
  const tables = query(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND ${condition}
    AND name NOT LIKE '\\_goaltrace%' ESCAPE '\\' ORDER BY name`)
  return tables.flatMap(({ name, sql }) => proposed(String(name), String(sql), query) ?? [])
}

/** The words that a CHECK allows a status column; none where there is no CHECK of its words. */
function allowedWords(column: string, sql: string): string[] {
  const check = new RegExp(`\\b${column.replace(/\W/g, '\\$&')}\\W?\\s+IN\\s*\\(([^)]*)\\)`, 'i').exec(sql)?.[1] ?? ''
  return [...check.matchAll(/'([^']*)'/g)].map(([, word = '']) => word)
}

/** The words in a table's status column: those that a CHECK allows, and those that are there. */
export function statusWords(table: string, column: string, sql: string, query: Query): string[] {
  const allowed = allowedWords(column, sql)
  const there = query(`SELECT DISTINCT ${quoted(column)} AS word FROM ${quoted(table)} LIMIT 50`)
  return [...new Set([...allowed, ...there.map(({ word }) => String(word))])]
}

export function columnsOf(table: string, query: Query): string[] {
  return query('SELECT name FROM pragma_table_xinfo(?)', table).map(({ name }) => String(name))
}

function proposed(table: string, sql: string, query: Query) {
  const there = columnsOf(table, query)
  const found = Object.entries(NAMES).flatMap(([key, names]) => {
    const column = names.find((name) => there.some((one) => one.toLowerCase() === name))
    return column === undefined ? [] : [[key, column]]
  })
  const columns = Object.fromEntries(found) as unknown as GoalColumns
  if (columns.goalId === undefined || columns.status === undefined) return undefined
  const words = statusWords(table, columns.status, sql, query)
  const unknown = words.filter((word) => !Object.hasOwn(MEANINGS, word))
  const limited = allowedWords(columns.status, sql).length > 0
  if (limited && words.every(isGoalStatus)) return { mapping: { table, columns }, unknown, words }
  // Without a CHECK the words of a goal's end may be still to come, and an end that nothing maps would not be reported.
  const mapped = limited ? words : [...new Set([...words, ...Object.keys(MEANINGS)])]
  const statuses = Object.fromEntries(mapped.flatMap((word) => (MEANINGS[word] ? [[word, MEANINGS[word]]] : [])))
  return { mapping: { table, columns, statuses }, unknown, words }
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
