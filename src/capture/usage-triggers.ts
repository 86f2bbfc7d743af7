import type { Side } from '../goal/goal-fields.ts'
import { DROP_SUPERSEDED } from '../outbox/outbox-compaction.ts'
import { OUTBOX } from '../outbox/outbox-table.ts'
import type { ObservedTable, ObservedUsage } from './observed-table.ts'
import {
  columnsOf,
  conflictOf,
  deleteDelivered,
  differs,
  identifier,
  insertRows,
  isKept,
  selectRow,
  sideOf,
  type Trigger,
  type TriggerOptions,
} from './trigger-sql.ts'

/** The SQL functions that they call; see usage-notes.ts. */
export const USAGE_FUNCTIONS = {
  writing: '_goaltrace_usage_writing',
  replacing: '_goaltrace_usage_replacing',
  written: '_goaltrace_usage_written',
  elsewhere: '_goaltrace_usage_elsewhere',
  deleted: '_goaltrace_usage_deleted',
  unknown: '_goaltrace_usage_unknown',
  changed: '_goaltrace_usage_changed',
  before: '_goaltrace_usage_before',
  total: '_goaltrace_usage_total',
  clearing: '_goaltrace_usage_clearing',
  last: '_goaltrace_usage_last',
} as const

/** As errors show them. */
const [GOAL, NOTED] = ['_goaltrace_goal', '_goaltrace_usage']

type Row = 'OLD' | 'NEW' | typeof NOTED

/**
 * The triggers of a table of usage. A goal's usage is summed up at its first change in each transaction, since other
 * processes write to the table too, unobserved. total(), not sum(), which can fail the agent's statement
 * (https://sqlite.org/lang_aggfunc.html#sumunc).
 */
export function createUsageTriggers(
  table: ObservedTable & { readonly usage: ObservedUsage },
  options: TriggerOptions,
  trigger: Trigger,
): string[] {
  const { usage } = table
  const on = `ON main.${identifier(usage.table)}`
  const column = (row: Row, name: string | undefined) => (name === undefined ? 'NULL' : `${row}.${identifier(name)}`)
  const goalOf = (row: Row) => column(row, usage.goalId)
  const rowOf = (row: Row) => [goalOf(row), column(row, usage.tokens), column(row, usage.seconds)].join(', ')
  const goalIs = (goal: string) => `${goal} = ${GOAL}.${identifier(table.columns.goalId)}${there(table)}`
  const isGoal = (goal: string) =>
    `EXISTS (SELECT 1 FROM main.${identifier(table.table)} AS ${GOAL} WHERE ${goalIs(goal)})`
  const thread = options.passThread ? sideOf(table, GOAL, false).thread : 'NULL'

  const id = `${GOAL}.${identifier(table.columns.goalId)}`
  const side = sideOf(table, GOAL, options.captureObjective)
  const sideWith = (sum: string): Side<string> => ({
    ...side,
    ...(usage.tokens !== undefined && { tokens: `${sum}(${id}, 0)` }),
    ...(usage.seconds !== undefined && { seconds: `${sum}(${id}, 1)` }),
  })
  const [before, after] = [sideWith(USAGE_FUNCTIONS.before), sideWith(USAGE_FUNCTIONS.total)]
  /**
   * Captures the change of the goals that are `of`.
   * @param how `insert` or `update` in SQL, where the row may have replaced others.
   * @param change By how much a column of the usage table has grown.
   */
  const capture = (of: string, context: string, how: string, change: (column: string) => string, where = '') => {
    const grown = (name: string | undefined) => (name === undefined ? '0' : change(identifier(name)))
    const all = (name: string | undefined) => (name === undefined ? '0' : `total(${column(NOTED, name)})`)
    const row = how === 'NULL' ? 'NULL, NULL, NULL' : rowOf('NEW')
    const goals = `FROM main.${identifier(table.table)} AS ${GOAL} WHERE ${goalIs(of)}${where}`
    return [
      `SELECT (SELECT ${USAGE_FUNCTIONS.changed}(${id}, ${how}, ${row}, ${grown(usage.tokens)}, ${grown(usage.seconds)},`,
      `    ${all(usage.tokens)}, ${all(usage.seconds)})`,
      `  FROM main.${identifier(usage.table)} AS ${NOTED} WHERE ${goalOf(NOTED)} = ${USAGE_FUNCTIONS.unknown}(${id}))`,
      `${goals} LIMIT 1;`,
      insertRows(selectRow({ sender: options.sender, context, before, after }, goals)),
      // If the goal is not in this table, no row was written, and last_insert_rowid() is the agent's own.
      deleteDelivered(`(SELECT max(seq) FROM ${OUTBOX})`),
      ...(options.dropping ? DROP_SUPERSEDED : []),
    ].join('\n')
  }
  const amount = (row: 'OLD' | 'NEW') => (name: string) => `coalesce(${row}.${name} + 0, 0)`
  const written = `${USAGE_FUNCTIONS.written}(${thread})`
  const keys = usage.keys.map((key) => conflictOf(key, NOTED))
  const moves = keys.map(({ stays }) => `NOT ${stays}`).join(' OR ')
  const moved = moves ? `CASE WHEN ${moves} THEN 'update' END` : 'NULL'
  const changed = [usage.goalId, usage.tokens, usage.seconds]
    .flatMap((name) => name ?? [])
    .map((name) => differs(`OLD.${identifier(name)}`, `NEW.${identifier(name)}`))
  const kept = `CASE WHEN ${goalOf('OLD')} = ${GOAL}.${identifier(table.columns.goalId)} THEN`
  const grown = (name: string) => `${amount('NEW')(name)} - ${kept} ${amount('OLD')(name)} ELSE 0 END`
  const deleted = `${USAGE_FUNCTIONS.deleted}(${thread}, ${rowOf('OLD')})`
  const triggers = [
    trigger(
      'usage_insert',
      `AFTER INSERT ${on} WHEN ${isGoal(goalOf('NEW'))}`,
      capture(goalOf('NEW'), written, `'insert'`, amount('NEW')),
    ),
    trigger(
      'usage_update',
      `AFTER UPDATE ${on} WHEN (${[...changed, ...(moves ? [moves] : [])].join(' OR ')}) AND ${isGoal(goalOf('NEW'))}`,
      capture(goalOf('NEW'), written, moved, grown),
    ),
    trigger(
      'usage_leave',
      `AFTER UPDATE ${on} WHEN ${differs(goalOf('OLD'), goalOf('NEW'))} AND ${isGoal(goalOf('OLD'))}`,
      capture(
        goalOf('OLD'),
        written,
        'NULL',
        (name) => `-${amount('OLD')(name)}`,
        ` AND NOT coalesce(${goalIs(goalOf('NEW'))}, 0)`,
      ),
    ),
    trigger(
      'usage_delete',
      `AFTER DELETE ${on} WHEN ${isGoal(goalOf('OLD'))}`,
      capture(goalOf('OLD'), deleted, 'NULL', (name) => `-${amount('OLD')(name)}`),
    ),
    ...clearing(table, trigger),
  ]
  if (keys.length === 0) return triggers
  const elsewhere = (how: string, n: number) => `${USAGE_FUNCTIONS.elsewhere}(${how}, ${rowOf('NEW')}, ${n})`
  const others = (how: string) => keys.map((_, n) => capture(elsewhere(how, n), written, how, () => '0'))
  const note = (how: string, conflict: string) => [
    `SELECT ${USAGE_FUNCTIONS.writing}('${how}', ${rowOf('NEW')});`,
    `SELECT ${USAGE_FUNCTIONS.replacing}('${how}', ${rowOf('NEW')}, ${rowOf(NOTED)})`,
    `  FROM main.${identifier(usage.table)} AS ${NOTED} WHERE ${conflict};`,
  ]
  const inserting = keys.map(({ is }) => is).join(' OR ')
  const updating = keys.map(({ is, stays }) => `(${is} AND NOT ${stays})`).join(' OR ')
  const columns = [...new Set(usage.keys.flatMap(columnsOf).map(identifier))].join(', ')
  return [
    ...triggers,
    trigger('usage_before_insert', `BEFORE INSERT ${on}`, ...note('insert', inserting)),
    trigger('usage_before_update', `BEFORE UPDATE OF ${columns} ${on}`, ...note('update', updating)),
    trigger(
      'usage_insert_elsewhere',
      `AFTER INSERT ${on} WHEN ${elsewhere(`'insert'`, 0)} IS NOT NULL`,
      ...others(`'insert'`),
    ),
    trigger(
      'usage_update_elsewhere',
      `AFTER UPDATE OF ${columns} ${on} WHEN ${elsewhere(moved, 0)} IS NOT NULL`,
      ...others(moved),
    ),
  ]
}

export const USAGE_TRIGGER_NAMES = [
  'usage_insert',
  'usage_update',
  'usage_leave',
  'usage_delete',
  'usage_before_insert',
  'usage_before_update',
  'usage_insert_elsewhere',
  'usage_update_elsewhere',
  'before_delete',
]

/** What before_delete has noted. */
export function lastUsage({ tokens, seconds }: ObservedUsage, goal: string): Partial<Side<string>> {
  return {
    ...(tokens !== undefined && { tokens: `${USAGE_FUNCTIONS.last}(${goal}, 0)` }),
    ...(seconds !== undefined && { seconds: `${USAGE_FUNCTIONS.last}(${goal}, 1)` }),
  }
}

/** A goal's rows of usage may go with it, before its own trigger can ask for them. */
function clearing(table: ObservedTable, trigger: Trigger): string[] {
  const { goal, tokens, seconds } = sideOf(table, 'OLD', false)
  const note = `SELECT ${USAGE_FUNCTIONS.clearing}(${goal}, ${tokens}, ${seconds});`
  return [trigger('before_delete', `BEFORE DELETE ON main.${identifier(table.table)}`, note)]
}

/** Usage of a goal that is gone changes nothing. */
function there({ columns }: ObservedTable): string {
  return columns.deletedAt === undefined ? '' : ` AND ${isKept(`${GOAL}.${identifier(columns.deletedAt)}`)}`
}
