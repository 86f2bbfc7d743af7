import type { GoalColumns, GoalTable } from '../mapping/goal-table.ts'
import { DROP_SUPERSEDED } from '../outbox/outbox-compaction.ts'
import type { ObservedTable } from './observed-table.ts'
import { createReplaceTriggers, REPLACE_TRIGGER_NAMES } from './replace-triggers.ts'
import {
  deleteDelivered,
  differs,
  endedIn,
  FUNCTIONS,
  identifier,
  insertRow,
  sideOf,
  type Trigger,
  type TriggerOptions,
} from './trigger-sql.ts'
import { createUsageTriggers, lastUsage, USAGE_TRIGGER_NAMES } from './usage-triggers.ts'

/**
 * Delivered rows are deleted at one row in so many: done at each row, the call into JavaScript and one more dirty page cost 7 %
 * of a bare mutation. The first row of an outbox is among them, as it shows that the outbox was recreated. A trigger that
 * may write n rows knows only the last one's number, so for it n consecutive numbers count.
 */
const TRIM_EACH = 8

/**
 * The TEMP triggers of one table: seen by this connection alone, never by another process, gone when it closes.
 * The outbox is named without its database, since older SQLite takes no qualified name there
 * (https://sqlite.org/lang_createtrigger.html).
 */
export function createTriggers(table: ObservedTable, index: number, options: TriggerOptions): string {
  const [now, old] = [sideOf(table, 'NEW', options.captureObjective), sideOf(table, 'OLD', options.captureObjective)]
  const last = table.usage === undefined ? old : { ...old, ...lastUsage(table.usage, old.goal) }
  const on = `ON main.${identifier(table.table)}`
  const trigger: Trigger = (name, when, ...body) =>
    `CREATE TEMP TRIGGER ${triggerName(index, name)} ${when} BEGIN\n${body.join('\n')}\nEND;`
  const { sender } = options
  const after = (rows = 1) => {
    const due = `last_insert_rowid() % ${TRIM_EACH} ${rows === 1 ? '= 1' : `BETWEEN 1 AND ${rows}`}`
    return [
      deleteDelivered('last_insert_rowid()', (call) => `CASE WHEN ${due} THEN ${call} END`),
      ...(options.dropping ? DROP_SUPERSEDED : []),
    ]
  }

  const ended = endedIn(table, 'NEW')
  const asked = options.passThread ? now.thread : ''
  const changes = `${FUNCTIONS.updated}(${asked})`
  const context = ended ? `CASE WHEN ${ended} THEN ${FUNCTIONS.ended}(${asked}) ELSE ${changes} END` : changes
  const changed = changedIn(table)
  const updated = insertRow({ sender, context, before: old, after: now })
  const deleted = insertRow({ sender, context: `${FUNCTIONS.deleted}(${old.thread}, ${old.goal})`, before: last })
  const inserted = insertRow({ sender, context: `${FUNCTIONS.inserted}(${now.thread})`, after: now })
  const { usage } = table
  return [
    trigger('delete', `AFTER DELETE ${on}`, deleted, ...after()),
    ...(table.keys.length > 0
      ? createReplaceTriggers(table, options, { changed, updated, context, after }, trigger)
      : [
          trigger('insert', `AFTER INSERT ${on}`, inserted, ...after()),
          trigger('update', `AFTER UPDATE ${on} WHEN ${changed}`, updated, ...after()),
        ]),
    ...(usage === undefined ? [] : createUsageTriggers({ ...table, usage }, options, trigger)),
  ].join('\n')
}

const TRIGGER_NAMES = ['insert', 'update', 'delete', ...REPLACE_TRIGGER_NAMES]

export function dropTriggers(index: number, { usage }: GoalTable): string {
  const names = usage === undefined ? TRIGGER_NAMES : [...TRIGGER_NAMES, ...USAGE_TRIGGER_NAMES]
  return names.map((name) => `DROP TRIGGER IF EXISTS temp.${triggerName(index, name)};`).join('\n')
}

function triggerName(index: number, name: string): string {
  return `_goaltrace_${index}_${name}`
}

/**
 * An UPDATE that changes nothing of a goal leaves no row: most ORMs write every column each time. What changes most often
 * comes first, since SQLite stops at the first difference.
 */
function changedIn({ columns }: ObservedTable): string {
  const reported: (keyof GoalColumns)[] = ['tokensUsed', 'timeUsedSeconds', 'status', 'goalId', 'threadId', 'deletedAt']
  return reported
    .flatMap((name) => columns[name] ?? [])
    .map((column) => differs(`OLD.${identifier(column)}`, `NEW.${identifier(column)}`))
    .join(' OR ')
}
