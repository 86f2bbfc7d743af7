import { CONTEXT_TEXT, isInRewrite, UID_TEXT } from './change-context.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { mayBeSuperseded } from './earlier-rows.ts'
import { deliveredIn, type Readable } from './outbox-state.ts'
import { COLUMNS, OUTBOX, type OutboxRow, SENDERS } from './outbox-table.ts'

/** Reads integer ids as text, since JavaScript cannot tell neighbouring numbers from 2^53 on apart. */
const idText = (column: string) =>
  `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END AS ${column}`

const IDS: readonly string[] = ['old_thread', 'old_goal', 'thread', 'goal']

function readAs(column: string): string {
  return column === 'context' ? `${CONTEXT_TEXT} AS context` : IDS.includes(column) ? idText(column) : column
}

/** As OutboxRow has them. */
export const ROW_COLUMNS = COLUMNS.map(readAs).join(', ')

/** A SELECT of rows, whatever goaltrace has made the outbox. Throws what SQLite says. */
export function selectRows(database: Readable, where: string): ReturnType<Readable['prepare']> {
  const select = (columns: string) => database.prepare(`SELECT ${columns} FROM ${OUTBOX} ${where}`)
  try {
    return select(ROW_COLUMNS)
  } catch (error) {
    if (!/no such column/.test(String(error))) throw error
    return select(earlierColumns(database))
  }
}

/** Those of an outbox that an older goaltrace has made, with NULL for what it lacks. */
function earlierColumns(database: Readable): string {
  const there = database.prepare(`PRAGMA table_info(${OUTBOX})`).all() as { name: string }[]
  const names = new Set(there.map(({ name }) => name))
  return COLUMNS.map((column) => (names.has(column) ? readAs(column) : `NULL AS ${column}`)).join(', ')
}

/** A reading goes on for at most this many rows to the end of a transaction; a longer one is read in separate parts. */
const LONGEST_STRETCH = 50_000
const STRETCH = 1024

/** The rows after `seq`, about `limit` of them. Throws what SQLite says, as all of these do. */
export function rowsAfter(database: Readable, seq: number, limit: number): OutboxRow[] {
  const select = selectRows(database, 'WHERE seq > ? ORDER BY seq LIMIT ?')
  const rows = select.all(seq, limit) as OutboxRow[]
  // One row at first, as most rows do not belong together with the next one.
  for (let size = 1; rows.length >= limit && rows.length < limit + LONGEST_STRETCH; size = STRETCH) {
    const more = select.all(rows.at(-1)?.seq, size) as OutboxRow[]
    const end = more.findIndex((row, at) => !belong(at === 0 ? rows.at(-1) : more[at - 1], row))
    rows.push(...(end < 0 ? more : more.slice(0, end)))
    if (end >= 0 || more.length === 0) break
  }
  return rows
}

/** See `Outbox.standing`. */
export function standingIn(database: Readable, checkpoint: Checkpoint): Checkpoint {
  const checkpoints = [checkpoint, deliveredIn(database)].sort((one, other) => other.seq - one.seq)
  return checkpoints.find(({ seq, uid }) => seq > 0 && uidAt(database, seq) === uid) ?? NOTHING_DELIVERED
}

/** The numbers of the oldest row and the newest. */
export interface Ends {
  readonly first: number
  readonly last: number
}

/** Undefined where there is no row. */
export function endsIn(database: Readable): Ends | undefined {
  // Apart, because SQLite walks through a table for both at once (https://sqlite.org/optoverview.html#minmax).
  const end = (which: 'min' | 'max') => `(SELECT ${which}(seq) FROM ${OUTBOX})`
  const ends = database.prepare(`SELECT ${end('min')} AS first, ${end('max')} AS last`).get()
  return (ends as { first: number | null }).first === null ? undefined : (ends as Ends)
}

/** The text of a sender, as it is kept. */
export function senderIn(database: Readable, id: number): string | undefined {
  const row = database.prepare(`SELECT sender FROM ${SENDERS} WHERE id = ?`).get(id)
  return (row as { sender: string } | undefined)?.sender
}

/** The uid of a row, in hex; undefined where there is none. */
function uidAt(database: Readable, seq: number): string | undefined {
  const row = database.prepare(`SELECT ${UID_TEXT} AS uid FROM ${OUTBOX} WHERE seq = ?`).get(seq)
  return (row as { uid: string } | undefined)?.uid
}

/** Whether what becomes of a row is known from the row right after it, of the same transaction. */
export function belong(row: OutboxRow | undefined, next: OutboxRow | undefined): boolean {
  return (row !== undefined && mayBeSuperseded(row.context)) || (next !== undefined && isInRewrite(next.context))
}
