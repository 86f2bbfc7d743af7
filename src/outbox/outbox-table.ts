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

/** Of these tables. Versions only add to each other: 1 had no state. A newer one is left alone. */
export const VERSION = 2

export const COLUMNS = [
  'seq',
  'sender',
  'context',
  'old_thread',
  'old_goal',
  'old_status',
  'old_budget',
  'old_tokens',
  'old_seconds',
  'thread',
  'goal',
  'status',
  'budget',
  'tokens',
  'seconds',
  'objective',
] as const

export function createOutbox(schema: 'main' | 'temp'): string {
  const [seq, ...others] = COLUMNS
  return `
CREATE TABLE IF NOT EXISTS ${schema}.${OUTBOX} (${seq} INTEGER PRIMARY KEY, ${others.join(', ')});
CREATE TABLE IF NOT EXISTS ${schema}.${SENDERS} (id INTEGER PRIMARY KEY, sender) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${schema}.${STATE} (name PRIMARY KEY, value) WITHOUT ROWID;
INSERT OR IGNORE INTO ${schema}.${STATE} VALUES ('version', ${VERSION}), ('delivered', NULL);`
}

/** A row as the trigger wrote it. `goal` is null where the goal is gone, `old_goal` where there was none. */
export interface OutboxRow {
  readonly seq: number
  readonly sender: number
  /** As change-context.ts's CONTEXT_TEXT reads it. */
  readonly context: string
  readonly old_thread: SqlValue
  readonly old_goal: SqlValue
  readonly old_status: SqlValue
  readonly old_budget: SqlValue
  readonly old_tokens: SqlValue
  readonly old_seconds: SqlValue
  readonly thread: SqlValue
  readonly goal: SqlValue
  readonly status: SqlValue
  readonly budget: SqlValue
  readonly tokens: SqlValue
  readonly seconds: SqlValue
  /** The objective's length in characters, or its text where capturing it was asked for. Of a goal that is gone: its last one. */
  readonly objective: SqlValue
}

export type SqlValue = null | number | bigint | string | Uint8Array
