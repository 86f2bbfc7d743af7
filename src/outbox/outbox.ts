import type { Sender } from './outbox-row.ts'
import { OUTBOX, type OutboxRow, SENDERS } from './outbox-table.ts'

/** A way to a database for the length of one reading. Fails with SQLITE_BUSY where it cannot be had just now. */
export type Access = <T>(read: (database: Readable) => T) => T

export interface Readable {
  prepare(sql: string): { get(...parameters: unknown[]): unknown; all(...parameters: unknown[]): unknown[] }
}

/** What waits in an agent's database. Only ever reads: the agent's own trigger takes away what has arrived. */
export class Outbox {
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
  }

  /** The rows after `seq`, about `limit` of them. */
  read(seq: number, limit: number): OutboxRow[] {
    return this.#reading([], (database) => {
      const select = database.prepare(`SELECT * FROM ${OUTBOX} WHERE seq > ? ORDER BY seq LIMIT ?`)
      const rows = select.all(seq, limit) as OutboxRow[]
      // What a REPLACE still to follow makes of the last row is told by the rows right after it, of the same transaction.
      while (rows.length >= limit && rows.at(-1)?.context.includes('"replacing":true')) {
        const more = select.all(rows.at(-1)?.seq, 16) as OutboxRow[]
        if (more.length === 0) break
        rows.push(...more)
      }
      return rows
    })
  }

  /** The uid of a row; undefined where there is none. */
  uidAt(seq: number): string | undefined {
    return this.#reading(undefined, (database) => {
      const row = database.prepare(`SELECT substr(context, 1, 36) AS uid FROM ${OUTBOX} WHERE seq = ?`).get(seq)
      return (row as { uid: string } | undefined)?.uid
    })
  }

  /** How many rows wait after `seq`, and the first of them. */
  waiting(seq: number): { count: number; first: OutboxRow | undefined } {
    return this.#reading({ count: 0, first: undefined }, (database) => {
      const count = database.prepare(`SELECT count(*) AS count FROM ${OUTBOX} WHERE seq > ?`).get(seq)
      const first = database.prepare(`SELECT * FROM ${OUTBOX} WHERE seq > ? ORDER BY seq LIMIT 1`).get(seq)
      return { count: (count as { count: number }).count, first: first as OutboxRow | undefined }
    })
  }

  sender(id: number): Sender | undefined {
    return this.#reading<Sender | undefined>(undefined, (database) => {
      const row = database.prepare(`SELECT sender FROM ${SENDERS} WHERE id = ?`).get(id)
      return row ? (JSON.parse((row as { sender: string }).sender) as Sender) : undefined
    })
  }

  /** How many rows of a goal table have which status, in the table's own words. */
  countByStatus(table: string, column: string): { status: unknown; count: number }[] {
    const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
    const count = `SELECT ${quoted(column)} AS status, count(*) AS count FROM ${quoted(table)} GROUP BY 1`
    return this.#reading([], (database) => database.prepare(count).all() as { status: unknown; count: number }[])
  }

  #reading<T>(none: T, read: (database: Readable) => T): T {
    try {
      return this.#access(read)
    } catch (error) {
      if (/no such table/.test(String(error))) return none
      throw error
    }
  }
}
