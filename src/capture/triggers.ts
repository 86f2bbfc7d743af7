import { FIELDS, type Side } from '../goal/goal-fields.ts'
import type { GoalColumns, GoalTable } from '../mapping/goal-table.ts'
import { DROP_SUPERSEDED } from '../outbox/outbox-compaction.ts'
import type { ObservedTable } from './observed-table.ts'
import {
  columnsOf,
  conflictOf,
  deleteDelivered,
  endedIn,
  FUNCTIONS,
  identifier,
  insertRow,
  sideOf,
  type TriggerOptions,
} from './trigger-sql.ts'
import { createUsageTriggers, lastUsage, USAGE_TRIGGER_NAMES } from './usage-triggers.ts'

/** A name that says in an error whose it is. */
const NOTED = '_goaltrace_row'

/**
 * Delivered rows are deleted at one row in so many: calling JavaScript, and dirtying one page more, cost 0.07 of a bare
 * mutation at each row. The first row of an outbox is among them, as it shows that the outbox was recreated.
 */
const TRIM_EACH = 8

/**
 * The TEMP triggers of one table: seen by this connection alone, never by another process, gone when it closes.
 * The outbox is named without its database, since older SQLite takes no qualified name there
 * (https://sqlite.org/lang_createtrigger.html).
 */
export function createTriggers(table: ObservedTable, index: number, options: TriggerOptions): string {
  const sides = (row: 'OLD' | 'NEW' | typeof NOTED) => sideOf(table, row, options.captureObjective)
  const [now, old] = [sides('NEW'), sides('OLD')]
  const last = table.usage === undefined ? old : { ...old, ...lastUsage(table.usage, old.goal) }
  const on = `ON main.${identifier(table.table)}`
  const trigger = (name: string, when: string, ...body: string[]) =>
    `CREATE TEMP TRIGGER ${triggerName(index, name)} ${when} BEGIN\n${body.join('\n')}\nEND;`
  const keep = (context: string, goal: { before?: Side<string>; after?: Side<string> }) => [
    insertRow(options.sender, context, goal),
    deleteDelivered('last_insert_rowid()', (call) => `CASE last_insert_rowid() % ${TRIM_EACH} WHEN 1 THEN ${call} END`),
    ...(options.dropping ? DROP_SUPERSEDED : []),
  ]

  const identity = identityOf(table)
  const inserted = `${FUNCTIONS.inserted}(${now.thread}, ${identity})`
  const ended = endedIn(table, 'NEW')
  const asked = options.passThread ? now.thread : ''
  const changes = `${FUNCTIONS.updated}(${asked})`
  const updated = ended ? `CASE WHEN ${ended} THEN ${FUNCTIONS.ended}(${asked}) ELSE ${changes} END` : changes
  const keys = table.keys.map((key) => conflictOf(key, NOTED))
  const moves = keys.map(({ stays }) => `NOT ${stays}`).join(' OR ')
  const moved = moves && `CASE WHEN ${moves} THEN ${FUNCTIONS.moved}(${now.thread}, ${identity}) ELSE ${updated} END`
  const triggers = [
    trigger('insert', `AFTER INSERT ${on}`, ...keep(inserted, { after: now })),
    trigger(
      'update',
      `AFTER UPDATE ${on} WHEN ${changed(table)}`,
      ...keep(moved || updated, { before: old, after: now }),
    ),
    trigger(
      'delete',
      `AFTER DELETE ${on}`,
      ...keep(`${FUNCTIONS.deleted}(${old.thread}, ${old.goal})`, { before: last }),
    ),
  ]
  const { usage } = table
  if (usage !== undefined) triggers.push(...createUsageTriggers({ ...table, usage }, options, trigger))
  if (keys.length === 0) return triggers.join('\n')
  // REPLACE deletes without a delete trigger unless recursive_triggers is on, and turning that on would change what the
  // agent's own triggers do (https://sqlite.org/lang_conflict.html). So the rows that are in the way are noted before.
  // Only by columns: one that is in the way of an index on an expression goes unseen.
  const noted = sides(NOTED)
  const note = (how: 'insert' | 'update', conflict: string) => [
    `SELECT ${FUNCTIONS.writing}('${how}', ${identity});`,
    `SELECT ${FUNCTIONS.replacing}('${how}', ${identity}, ${FIELDS.map((field) => noted[field]).join(', ')})`,
    `  FROM main.${identifier(table.table)} AS ${NOTED} WHERE ${conflict};`,
  ]
  const inserting = keys.map(({ is }) => is).join(' OR ')
  const updating = keys.map(({ is, stays }) => `(${is} AND NOT ${stays})`).join(' OR ')
  const columns = [...new Set(table.keys.flatMap(columnsOf).map(identifier))].join(', ')
  triggers.push(
    trigger('before_insert', `BEFORE INSERT ${on}`, ...note('insert', inserting)),
    trigger('before_update', `BEFORE UPDATE OF ${columns} ${on}`, ...note('update', updating)),
  )
  return triggers.join('\n')
}

const TRIGGER_NAMES = ['insert', 'update', 'delete', 'before_insert', 'before_update']

export function dropTriggers(index: number, { usage }: GoalTable): string {
  const names = usage === undefined ? TRIGGER_NAMES : [...TRIGGER_NAMES, ...USAGE_TRIGGER_NAMES]
  return names.map((name) => `DROP TRIGGER IF EXISTS temp.${triggerName(index, name)};`).join('\n')
}

function triggerName(index: number, name: string): string {
  return `_goaltrace_${index}_${name}`
}

/** By what the AFTER trigger of a row finds what its BEFORE trigger noted; the rowid is not known that early. */
function identityOf({ columns, rowid }: ObservedTable): string {
  return [columns.threadId, columns.goalId]
    .map((column) => (column === undefined || column === rowid ? 'NULL' : `NEW.${identifier(column)}`))
    .join(', ')
}

/**
 * An UPDATE that changes nothing of a goal leaves no row: most ORMs write every column each time. What changes most often
 * comes first, since SQLite looks no further; last the keys that no event reports, by which the row may replace others.
 */
function changed({ columns, keys }: ObservedTable): string {
  const reported: (keyof GoalColumns)[] = ['tokensUsed', 'timeUsedSeconds', 'status', 'goalId', 'threadId', 'deletedAt']
  const names = reported.flatMap((name) => columns[name] ?? [])
  const unreported = (name: string) => !names.some((one) => one.toLowerCase() === name.toLowerCase())
  return [
    ...names.map((column) => `OLD.${identifier(column)} IS NOT NEW.${identifier(column)}`),
    ...keys.filter((key) => columnsOf(key).some(unreported)).map((key) => `NOT ${conflictOf(key, NOTED).stays}`),
  ].join(' OR ')
}
