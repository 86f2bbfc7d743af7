import type { Connection } from '../sqlite/connection.ts'
import { CONTEXT_TEXT, isInRewrite, UID_TEXT } from './change-context.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { mayBeSuperseded } from './earlier-rows.ts'
import { deliveredIn, type Readable } from './outbox-state.ts'
import { COLUMNS, OUTBOX, type OutboxRow, SENDERS } from './outbox-table.ts'

/** A way to a database for the length of one reading; undefined once it is gone. Throws where it cannot be had just now. */
export type Access = <T>(read: (database: Readable) => T) => T | undefined

/** Reads integer ids as text, since JavaScript cannot tell neighbouring numbers from 2^53 on apart. */
const idText = (column: string) =>
  `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END AS ${column}`

const IDS: readonly string[] = ['old_thread', 'old_goal', 'thread', 'goal']

function readAs(column: string): string {
  return column === 'context' ? `${CONTEXT_TEXT} AS context` : IDS.includes(column) ? idText(column) : column
}

/** As OutboxRow has them. */
export const ROW_COLUMNS = COLUMNS.map(readAs).join(', ')

/** Those of an outbox that an older goaltrace has made, with NULL for what it lacks. */
function rowColumns(database: Readable): string {
  const there = database.prepare(`PRAGMA table_info(${OUTBOX})`).all() as { name: string }[]
  const names = new Set(there.map(({ name }) => name))
  return COLUMNS.map((column) => (names.has(column) ? readAs(column) : `NULL AS ${column}`)).join(', ')
}

/** A file may be opened for each reading, which costs as much as reading hundreds of rows. */
const BATCHES_A_READING = 8

/** A reading goes on for at most this many rows to the end of a transaction; a longer one is read in separate parts. */
const LONGEST_STRETCH = 50_000
const STRETCH = 1024

/** What is read from an outbox to build telemetry from its rows. */
export type OutboxView = Pick<Outbox, 'senderText' | 'countByStatus'>

/** What is pending in an agent's database. Only ever reads: the agent's own trigger deletes delivered rows. */
export class Outbox {
  readonly #access: Access
  #readTo = 0

  constructor(access: Access) {
    this.#access = access
  }

  /** The number of the last row that `batches` has read. */
  get readTo(): number {
    return this.#readTo
  }

  /** All rows after `seq`, in batches of about `size`. */
  *batches(seq: number, size: number): Generator<OutboxRow[]> {
    const limit = size * BATCHES_A_READING
    this.#readTo = seq
    for (let rows = this.read(seq, limit); rows.length > 0; ) {
      this.#readTo = rows.at(-1)?.seq ?? seq
      let start = 0
      while (start < rows.length) {
        let end = start + size
        while (end < rows.length && belong(rows[end - 1], rows[end])) end++
        yield rows.slice(start, end)
        start = end
      }
      // A row that was written since then has woken the relay itself.
      if (rows.length < limit) return
      rows = this.read(rows.at(-1)?.seq ?? seq, limit)
    }
  }

  /** The rows after `seq`, about `limit` of them. */
  read(seq: number, limit: number): OutboxRow[] {
    return this.#reading([], (database) => {
      const select = database.prepare(
        `SELECT ${rowColumns(database)} FROM ${OUTBOX} WHERE seq > ? ORDER BY seq LIMIT ?`,
      )
      const rows = select.all(seq, limit) as OutboxRow[]
      // One row at first, as most rows do not belong together with the next one.
      for (let size = 1; rows.length >= limit && rows.length < limit + LONGEST_STRETCH; size = STRETCH) {
        const more = select.all(rows.at(-1)?.seq, size) as OutboxRow[]
        const end = more.findIndex((row, at) => !belong(at === 0 ? rows.at(-1) : more[at - 1], row))
        rows.push(...(end < 0 ? more : more.slice(0, end)))
        if (end >= 0 || more.length === 0) break
      }
      return rows
    })
  }

  /**
   * How far this outbox is delivered, by the checkpoint given and the one in its own file, whichever is further. One that names
   * another row than there is under its number, or none, is about another database, restored or recreated since.
   */
  standing(checkpoint: Checkpoint): Checkpoint {
    return this.#reading(NOTHING_DELIVERED, (database) => {
      const checkpoints = [checkpoint, deliveredIn(database)].sort((one, other) => other.seq - one.seq)
      return checkpoints.find(({ seq, uid }) => seq > 0 && uidAt(database, seq) === uid) ?? NOTHING_DELIVERED
    })
  }

  /** The numbers of the oldest row and the newest; undefined where there is none. */
  ends(): { first: number; last: number } | undefined {
    return this.#reading(undefined, (database) => {
      // Apart, because SQLite walks through a table for both at once (https://sqlite.org/optoverview.html#minmax).
      const end = (which: 'min' | 'max') => `(SELECT ${which}(seq) FROM ${OUTBOX})`
      const ends = database.prepare(`SELECT ${end('min')} AS first, ${end('max')} AS last`).get()
      return (ends as { first: number | null }).first === null ? undefined : (ends as { first: number; last: number })
    })
  }

  /** How many rows are pending after `seq`, and the first of them. */
  waiting(seq: number): { count: number; first: OutboxRow | undefined } {
    return this.#reading({ count: 0, first: undefined }, (database) => {
      const count = database.prepare(`SELECT count(*) AS count FROM ${OUTBOX} WHERE seq > ?`).get(seq)
      const first = database
        .prepare(`SELECT ${rowColumns(database)} FROM ${OUTBOX} WHERE seq > ? ORDER BY seq LIMIT 1`)
        .get(seq)
      return { count: (count as { count: number }).count, first: first as OutboxRow | undefined }
    })
  }

  /** As it is kept, which distinguishes senders whatever their numbers. */
  senderText(id: number): string | undefined {
    return this.#reading<string | undefined>(undefined, (database) => {
      const row = database.prepare(`SELECT sender FROM ${SENDERS} WHERE id = ?`).get(id)
      return (row as { sender: string } | undefined)?.sender
    })
  }

  /** Whether a goal table has more rows than this; takes no longer than to walk through so many. */
  hasMoreRows(table: string, than: number): boolean {
    const count = `SELECT count(*) AS count FROM (SELECT 1 FROM ${quoted(table)} AS _goaltrace_goals LIMIT ?)`
    return this.#reading(false, (database) => (database.prepare(count).get(than + 1) as { count: number }).count > than)
  }

  /**
   * How many rows of a goal table have which status, in the table's own words. Empty if there is no such table,
   * undefined if the database is gone.
   */
  countByStatus(table: string, column: string): { status: unknown; count: number }[] | undefined {
    // Under a name that says, in the agent's log of statements, whose it is.
    const goals = `${quoted(table)} AS _goaltrace_goals`
    const count = `SELECT ${quoted(column)} AS status, count(*) AS count FROM ${goals} GROUP BY 1`
    return this.#access((database) => {
      if (database.isCopy) return undefined
      try {
        return database.prepare(count).all() as { status: unknown; count: number }[]
      } catch (error) {
        if (isNoTable(error)) return []
        throw error
      }
    })
  }

  #reading<T>(none: T, read: (database: Readable) => T): T {
    try {
      return this.#access(read) ?? none
    } catch (error) {
      if (isNoTable(error)) return none
      throw error
    }
  }
}

/** The uid of a row, in hex; undefined where there is none. */
function uidAt(database: Readable, seq: number): string | undefined {
  const row = database.prepare(`SELECT ${UID_TEXT} AS uid FROM ${OUTBOX} WHERE seq = ?`).get(seq)
  return (row as { uid: string } | undefined)?.uid
}

function isNoTable(error: unknown): boolean {
  return /no such table/.test(String(error))
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Whether what becomes of a row is known from the row right after it, of the same transaction. */
function belong(row: OutboxRow | undefined, next: OutboxRow | undefined): boolean {
  return (row !== undefined && mayBeSuperseded(row.context)) || (next !== undefined && isInRewrite(next.context))
}

/** A connection of the agent's as it is read here, whatever the agent has set on it. */
export function plain(connection: Connection): Readable {
  return { prepare: (sql) => connection.prepare(sql).safeIntegers(false) }
}
