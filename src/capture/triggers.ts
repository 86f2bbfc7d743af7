import { OUTBOX } from '../outbox/outbox-table.ts'
import type { GoalColumns, GoalTable } from './goal-table.ts'

/** The SQL functions that the triggers call; one connection's own, gone with it. */
export const FUNCTIONS = {
  inserted: '_goaltrace_inserted',
  updated: '_goaltrace_updated',
  deleted: '_goaltrace_deleted',
  replacing: '_goaltrace_replacing',
  forget: '_goaltrace_forget',
  trim: '_goaltrace_trim',
} as const

/** What of a mapped table is really there. */
export interface ObservedTable extends GoalTable {
  /** Each set of columns whose values are unique: what a REPLACE goes by. */
  readonly keys: readonly (readonly string[])[]
}

/** As the note of a replaced row has them. */
export const SIDE = ['thread', 'goal', 'status', 'budget', 'tokens', 'seconds', 'objective'] as const

const COLUMNS =
  'sender, context, old_thread, old_goal, old_status, old_budget, old_tokens, old_seconds, ' +
  'thread, goal, status, budget, tokens, seconds, objective'

/**
 * The TEMP triggers of one table: seen by this connection alone, never by another process, gone when it closes.
 * The outbox is named without its database, since older SQLite takes no qualified name there
 * (https://sqlite.org/lang_createtrigger.html).
 */
export function createTriggers(table: ObservedTable, index: number, sender: number, captureObjective: boolean): string {
  const side = (row: 'OLD' | 'NEW' | undefined) => sideOf(table, row, captureObjective)
  const [now, old] = [side('NEW'), side('OLD')]
  const nothing = 'NULL, NULL, NULL, NULL, NULL, NULL'
  const goal = (of: typeof now) => [of.thread, of.goal, of.status, of.budget, of.tokens, of.seconds].join(', ')
  const keep = (context: string, before: string, after: string, objective: string) => `
  INSERT INTO ${OUTBOX} (${COLUMNS}) VALUES (${sender}, ${context}, ${before}, ${after}, ${objective});
  DELETE FROM ${OUTBOX} WHERE seq < ${FUNCTIONS.trim}();`
  const on = `ON main.${identifier(table.table)}`
  const noteOf = (kind: string, conflict: string) => `
  SELECT ${FUNCTIONS.forget}('${kind}');
  SELECT ${FUNCTIONS.replacing}('${kind}', ${SIDE.map((name) => side(undefined)[name]).join(', ')})
    FROM main.${identifier(table.table)} WHERE ${conflict};`
  const trigger = (name: string, when: string, body: string) =>
    `CREATE TEMP TRIGGER ${triggerName(index, name)} ${when} BEGIN${body}\nEND;`

  const statements = [
    trigger(
      'insert',
      `AFTER INSERT ${on}`,
      keep(`${FUNCTIONS.inserted}(${now.thread})`, nothing, goal(now), now.objective),
    ),
    trigger(
      'update',
      `AFTER UPDATE ${on} WHEN ${changed(table)}`,
      keep(`${FUNCTIONS.updated}(${now.thread})`, goal(old), goal(now), now.objective),
    ),
    trigger(
      'delete',
      `AFTER DELETE ${on}`,
      keep(`${FUNCTIONS.deleted}(${old.thread}, ${old.goal})`, goal(old), nothing, old.objective),
    ),
  ]
  // REPLACE deletes without a delete trigger unless recursive_triggers is on, and turning that on would change what the
  // agent's own triggers do (https://sqlite.org/lang_conflict.html). So the rows that are in the way are noted before.
  if (table.keys.length > 0) {
    const inserting = table.keys.map((key) => equals(key, '=')).join(' OR ')
    const updating = table.keys.map((key) => `(${equals(key, '=')} AND NOT ${equals(key, 'IS', 'OLD')})`).join(' OR ')
    const columns = [...new Set(table.keys.flat())].map(identifier).join(', ')
    statements.push(
      trigger('before_insert', `BEFORE INSERT ${on}`, noteOf('insert', inserting)),
      trigger('before_update', `BEFORE UPDATE OF ${columns} ${on}`, noteOf('update', updating)),
    )
  }
  return statements.join('\n')
}

export const TRIGGER_NAMES = ['insert', 'update', 'delete', 'before_insert', 'before_update'] as const

export function dropTriggers(index: number): string {
  return TRIGGER_NAMES.map((name) => `DROP TRIGGER IF EXISTS temp.${triggerName(index, name)};`).join('\n')
}

function triggerName(index: number, name: string): string {
  return `_goaltrace_${index}_${name}`
}

function sideOf({ columns, thread }: GoalTable, row: string | undefined, captureObjective: boolean) {
  const value = (column: string | undefined) =>
    column === undefined ? 'NULL' : `${row ? `${row}.` : ''}${identifier(column)}`
  const goal = value(columns.goalId)
  const objective = value(columns.objective)
  return {
    thread: columns.threadId !== undefined ? value(columns.threadId) : thread !== undefined ? literal(thread) : goal,
    goal: columns.deletedAt === undefined ? goal : `CASE WHEN ${value(columns.deletedAt)} IS NULL THEN ${goal} END`,
    status: value(columns.status),
    budget: value(columns.tokenBudget),
    tokens: value(columns.tokensUsed),
    seconds: value(columns.timeUsedSeconds),
    objective: captureObjective || columns.objective === undefined ? objective : `length(${objective})`,
  }
}

/** An UPDATE that changes nothing of a goal leaves no row: most ORMs write every column each time. */
function changed({ columns }: GoalTable): string {
  const told: (keyof GoalColumns)[] = ['threadId', 'goalId', 'status', 'tokensUsed', 'timeUsedSeconds', 'deletedAt']
  return told
    .flatMap((name) => columns[name] ?? [])
    .map((column) => `OLD.${identifier(column)} IS NOT NEW.${identifier(column)}`)
    .join(' OR ')
}

function equals(key: readonly string[], operator: '=' | 'IS', row: 'NEW' | 'OLD' = 'NEW'): string {
  return `(${key.map((column) => `${identifier(column)} ${operator} ${row}.${identifier(column)}`).join(' AND ')})`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
