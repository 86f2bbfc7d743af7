import { FIELDS, type Field, type Side, side } from '../goal/goal-fields.ts'
import { OUTBOX } from '../outbox/outbox-table.ts'
import type { ObservedTable } from './observed-table.ts'
import {
  columnsOf,
  conflictOf,
  endedIn,
  FUNCTIONS,
  identifier,
  insertRows,
  selectRow,
  sideOf,
  type Trigger,
  type TriggerOptions,
} from './trigger-sql.ts'

/** The SQL functions that they call; see replacements.ts. */
export const REPLACE_FUNCTIONS = {
  writing: '_goaltrace_writing',
  note: '_goaltrace_replacing',
  plain: '_goaltrace_plain',
  replaced: '_goaltrace_replaced',
  continued: '_goaltrace_continued',
  moved: '_goaltrace_moved',
  evictions: '_goaltrace_evictions',
  evicted: '_goaltrace_evicted',
  evictedField: '_goaltrace_evicted_field',
  voided: '_goaltrace_voided',
} as const

/** A name that says in an error whose it is. */
const NOTED = '_goaltrace_row'

/** What the triggers of a table without unique keys do as well. */
export interface PlainTriggers {
  /** Of an update, the condition and what it leads to. */
  readonly changed: string
  readonly updated: readonly string[]
  /** What follows a row of the outbox. */
  readonly after: readonly string[]
}

/**
 * The triggers of a table whose rows can replace others. REPLACE deletes without a delete trigger unless
 * recursive_triggers is on, and turning that on would change what the agent's own triggers do
 * (https://sqlite.org/lang_conflict.html). So the rows that are in the way are noted before, and written of after.
 * Only by columns: one that is in the way of an index on an expression goes unseen.
 */
export function createReplaceTriggers(
  table: ObservedTable,
  { sender, captureObjective }: TriggerOptions,
  { changed, updated, after }: PlainTriggers,
  trigger: Trigger,
): string[] {
  const { keys } = table
  const on = `ON main.${identifier(table.table)}`
  const now = sideOf(table, 'NEW', captureObjective)
  const noted = sideOf(table, NOTED, captureObjective)
  const identity = identityOf(table, now)
  const ended = endedIn(table, NOTED)
  const note = (how: 'insert' | 'update', conflict: string) => [
    `SELECT ${REPLACE_FUNCTIONS.writing}('${how}', ${identity.join(', ')});`,
    `SELECT ${REPLACE_FUNCTIONS.note}('${how}', ${identity.join(', ')}, ${FIELDS.map((field) => noted[field]).join(', ')})`,
    `  FROM main.${identifier(table.table)} AS ${NOTED} WHERE (${conflict})${ended ? ` AND NOT ${ended}` : ''};`,
  ]
  const conflicts = keys.map((key) => conflictOf(key, NOTED))
  const moves = movesOf(table)
  const columns = movingColumns(table)
  return [
    trigger('before_insert', `BEFORE INSERT ${on}`, ...note('insert', conflicts.map(({ is }) => is).join(' OR '))),
    trigger(
      'before_update',
      `BEFORE UPDATE OF ${columns} ${on}`,
      ...note('update', conflicts.map(({ is, stays }) => `(${is} AND NOT ${stays})`).join(' OR ')),
    ),
    trigger('insert', `AFTER INSERT ${on}`, ...insert(table, sender, now, identity), ...after),
    trigger('update', `AFTER UPDATE ${on} WHEN (${changed}) AND NOT (${moves})`, ...updated, ...after),
    trigger(
      'move',
      `AFTER UPDATE OF ${columns} ${on} WHEN ${moves}`,
      `SELECT ${REPLACE_FUNCTIONS.moved}(${identity.join(', ')});`,
      insertRows(...evictedRows(table, sender, `${REPLACE_FUNCTIONS.evictions}()`)),
      ...updated,
      ...after,
    ),
  ]
}

export const REPLACE_TRIGGER_NAMES = ['before_insert', 'before_update', 'move']

/**
 * An ordinary row is written at once, so the rest is asked for only where that has written none: `changes()` is of the statement before, within a trigger too (https://sqlite.org/c3ref/changes.html).
 * No subquery in a FROM, which the agent's authorizer would see as one of its own.
 */
function insert(table: ObservedTable, sender: number, now: Side<string>, identity: readonly string[]): string[] {
  const asked = [now.thread, now.goal, ...(identity.includes('NULL') ? identity : [])].join(', ')
  const continued = side((field) => `${REPLACE_FUNCTIONS.continued}(${FIELDS.indexOf(field)})`)
  const voided = `${REPLACE_FUNCTIONS.voided}()`
  return [
    insertRows(
      selectRow(
        { sender, context: `${FUNCTIONS.inserted}(${now.thread})`, after: now },
        `WHERE ${REPLACE_FUNCTIONS.plain}(${asked})`,
      ),
    ),
    insertRows(
      ...evictedRows(table, sender, `CASE changes() WHEN 0 THEN ${REPLACE_FUNCTIONS.evictions}() END`),
      selectRow(
        { sender, context: `${REPLACE_FUNCTIONS.replaced}(${now.thread}, ${now.goal})`, before: continued, after: now },
        'WHERE changes() = 0',
      ),
    ),
    // Newest first, as it is of this very statement.
    `DELETE FROM ${OUTBOX} WHERE seq = CASE WHEN changes() > 0 AND ${voided} IS NOT NULL THEN
  (SELECT seq FROM ${OUTBOX} WHERE substr(context, 1, length(${voided})) = ${voided} ORDER BY seq DESC LIMIT 1) END;`,
  ]
}

/** A goal that is evicted has one row; each key has at most one in the way. */
function evictedRows({ keys }: ObservedTable, sender: number, count: string): string[] {
  return keys.map((_, n) => {
    const was = (field: Field) => `${REPLACE_FUNCTIONS.evictedField}(${n}, ${FIELDS.indexOf(field)})`
    return selectRow(
      { sender, context: `${REPLACE_FUNCTIONS.evicted}(${n})`, before: side(was) },
      `WHERE ${n} < ${count}`,
    )
  })
}

/** Whether an update moves the row by any of its keys. */
function movesOf({ keys }: ObservedTable): string {
  return keys.map((key) => `NOT ${conflictOf(key, NOTED).stays}`).join(' OR ')
}

/** The columns by which a row may come into the way of another; the rowid by each of its names. */
function movingColumns({ keys, rowid }: ObservedTable): string {
  const columns = keys.flatMap(columnsOf)
  const names = rowid !== undefined && columns.includes(rowid) ? [...columns, 'rowid', '_rowid_', 'oid'] : columns
  return [...new Set(names)].map(identifier).join(', ')
}

/** By what the AFTER trigger of a row finds what its BEFORE trigger noted; the rowid is not known that early. */
function identityOf({ columns, thread, rowid }: ObservedTable, now: Side<string>): [thread: string, goal: string] {
  const unknown = columns.goalId === rowid
  const threadUnknown = columns.threadId === undefined ? thread === undefined && unknown : columns.threadId === rowid
  return [threadUnknown ? 'NULL' : now.thread, unknown ? 'NULL' : now.goal]
}
