import { CHANGING_FIELDS, type ChangingField, FIELDS, type Field, GOAL_FIELDS } from '../goal/goal-fields.ts'

/**
 * The tables that goaltrace keeps in an agent's database. Untyped columns, no UNIQUE, no AUTOINCREMENT: a typed column
 * can refuse what the agent's own table takes, and every further page that a transaction dirties costs the agent 2 to 3 µs.
 * Senders and state are WITHOUT ROWID, so that one more does not move the agent's last_insert_rowid().
 * The last row always stays, so that `seq` goes on where it was (https://sqlite.org/autoinc.html).
 */
export const OUTBOX = '_goaltrace_outbox'
export const SENDERS = '_goaltrace_senders'
export const STATE = '_goaltrace_state'
export const TABLES = [OUTBOX, SENDERS, STATE] as const

/**
 * Version of these tables. Versions only add to each other: 1 had no state, 2 no model, 3 no reason. A newer one is
 * left alone.
 */
export const VERSION = 4

/** A column for each field after the change, and an `old_` one for before it, unless the field is kept once. */
type GoalColumn = Field | `old_${ChangingField}`

/** The field and version of the goal that a column holds. `last`: after the change, or before it if the goal is gone. */
export const GOAL_COLUMNS: readonly {
  readonly column: GoalColumn
  readonly field: Field
  readonly of: 'before' | 'after' | 'last'
}[] = [
  ...CHANGING_FIELDS.map((field) => ({ column: `old_${field}` as const, field, of: 'before' as const })),
  ...FIELDS.map((field) => {
    const of = GOAL_FIELDS[field].kept === 'once' ? ('last' as const) : ('after' as const)
    return { column: field, field, of }
  }),
]

export const COLUMNS = ['seq', 'sender', 'context', ...GOAL_COLUMNS.map(({ column }) => column)] as const

export function createOutbox(schema: 'main' | 'temp'): string {
  const [seq, ...others] = COLUMNS
  return `
CREATE TABLE IF NOT EXISTS ${schema}.${OUTBOX} (${seq} INTEGER PRIMARY KEY, ${others.join(', ')});
CREATE TABLE IF NOT EXISTS ${schema}.${SENDERS} (id INTEGER PRIMARY KEY, sender) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${schema}.${STATE} (name PRIMARY KEY, value) WITHOUT ROWID;
INSERT OR IGNORE INTO ${schema}.${STATE} VALUES ('version', ${VERSION}), ('delivered', NULL);`
}

/**
 * A row as the trigger wrote it. `goal` is null where the goal is gone, `old_goal` where there was none. `objective` is
 * the objective's length in characters, or its text where capturing it was asked for; `reason` is null unless it was.
 */
export interface OutboxRow extends Readonly<Record<GoalColumn, SqlValue>> {
  readonly seq: number
  readonly sender: number
  /** As change-context.ts's CONTEXT_TEXT reads it. */
  readonly context: string
}

export type SqlValue = null | number | bigint | string | Uint8Array
