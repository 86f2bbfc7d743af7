import { FIELDS, type Field, type Side, side } from '../goal/goal-fields.ts'
import { OUTBOX } from '../outbox/outbox-table.ts'
import type { ObservedTable } from './observed-table.ts'
import {
  columnsOf,
  conflictOf,
  endedIn,
  FUNCTIONS,
  identifier,
  insertRow,
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

/** An alias that shows in an error message that it is goaltrace's. */
const NOTED = '_goaltrace_row'

/** What the triggers of any table do. */
export interface PlainTriggers {
  /** Whether an update changes what events report. */
  readonly changed: string
  /** Writes the row of an update. */
  readonly updated: string
  /** The context of that row. */
  readonly context: string
  /** What follows the one row of the outbox that a trigger writes, or up to as many as given. */
  after(rows?: number): readonly string[]
}

/**
 * The triggers of a table whose rows can replace others. REPLACE deletes without a delete trigger unless
 * recursive_triggers is on, and turning that on would change what the agent's own triggers do
 * (https://sqlite.org/lang_conflict.html). So the rows that are in the way are noted before, and written about after.
 * Only by columns: one that is in the way of an index on an expression goes unseen.
 */
export function createReplaceTriggers(
  table: ObservedTable,
  options: TriggerOptions,
  plain: PlainTriggers,
  trigger: Trigger,
): string[] {
  const { keys } = table
  const { sender, captureObjective } = options
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
  const moves = keys.map((key) => `NOT ${conflictOf(key, NOTED).stays}`).join(' OR ')
  const moving = `UPDATE${movingColumns(table)} ${on}`
  const rows = keys.length + 1
  return [
    trigger('before_insert', `BEFORE INSERT ${on}`, ...note('insert', conflicts.map(({ is }) => is).join(' OR '))),
    trigger(
      'before_update',
      `BEFORE ${moving}`,
      ...note('update', conflicts.map(({ is, stays }) => `(${is} AND NOT ${stays})`).join(' OR ')),
    ),
    trigger('insert', `AFTER INSERT ${on}`, ...insert(table, sender, now, identity), ...plain.after(rows)),
    trigger('update', `AFTER UPDATE ${on} WHEN (${plain.changed}) AND NOT (${moves})`, plain.updated, ...plain.after()),
    trigger(
      'move',
      `AFTER ${moving} WHEN ${moves}`,
      ...move(table, options, now, identity, plain),
      ...plain.after(rows),
    ),
  ]
}

export const REPLACE_TRIGGER_NAMES = ['before_insert', 'before_update', 'move']

const CONTINUED = side((field) => `${REPLACE_FUNCTIONS.continued}(${FIELDS.indexOf(field)})`)

/**
 * For an ordinary row the first statement writes the outbox's row. The others do something only if it has written none, as
 * `changes()` says, within a trigger too (https://sqlite.org/c3ref/changes.html). No subquery in a FROM, which the
 * agent's authorizer would see.
 */
function insert(table: ObservedTable, sender: number, now: Side<string>, identity: readonly string[]): string[] {
  const asked = [now.thread, now.goal, ...(identity.includes('NULL') ? identity : [])].join(', ')
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
        { sender, context: `${REPLACE_FUNCTIONS.replaced}(${now.thread}, ${now.goal})`, before: CONTINUED, after: now },
        'WHERE changes() = 0',
      ),
    ),
    deleteVoided('changes() > 0'),
  ]
}

/** A row whose goal had ended, such as one that is marked as deleted, continues a goal that it evicts. */
function move(
  table: ObservedTable,
  { sender, captureObjective }: TriggerOptions,
  now: Side<string>,
  identity: readonly string[],
  { updated, context }: PlainTriggers,
): string[] {
  const ended = endedIn(table, 'OLD')
  const old = sideOf(table, 'OLD', captureObjective)
  const before = side((field) => `CASE WHEN ${ended} THEN ${CONTINUED[field]} ELSE ${old[field]} END`)
  const asked = [now.thread, now.goal, ended ?? '0', ...identity].join(', ')
  return [
    `SELECT ${REPLACE_FUNCTIONS.moved}(${asked});`,
    insertRows(...evictedRows(table, sender, `${REPLACE_FUNCTIONS.evictions}()`)),
    ...(ended === undefined ? [updated] : [insertRow({ sender, context, before, after: now }), deleteVoided()]),
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

/**
 * Deletes the row that a delete trigger has written about a goal that is continued. It looks at the newest row first,
 * since that row is of this very statement.
 */
function deleteVoided(condition?: string): string {
  const voided = `${REPLACE_FUNCTIONS.voided}()`
  return `DELETE FROM ${OUTBOX} WHERE seq = CASE WHEN ${condition ? `${condition} AND ` : ''}${voided} IS NOT NULL THEN
  (SELECT seq FROM ${OUTBOX} WHERE substr(context, 1, length(${voided})) = ${voided} ORDER BY seq DESC LIMIT 1) END;`
}

/**
 * ` OF` and the columns whose change may make a row conflict with another, the rowid under each of its names. Empty, which
 * means all columns, if a generated one is among them: an UPDATE cannot name it.
 */
function movingColumns({ keys, rowid, generated }: ObservedTable): string {
  const columns = keys.flatMap(columnsOf)
  if (columns.some((name) => generated.includes(name))) return ''
  const names = rowid !== undefined && columns.includes(rowid) ? [...columns, 'rowid', '_rowid_', 'oid'] : columns
  return ` OF ${[...new Set(names)].map(identifier).join(', ')}`
}

/** By these values a row's AFTER trigger finds what its BEFORE trigger noted. NULL for a rowid, which is not known that early. */
function identityOf({ columns, thread, rowid }: ObservedTable, now: Side<string>): [thread: string, goal: string] {
  const unknown = columns.goalId === rowid
  const threadUnknown = columns.threadId === undefined ? thread === undefined && unknown : columns.threadId === rowid
  return [threadUnknown ? 'NULL' : now.thread, unknown ? 'NULL' : now.goal]
}
