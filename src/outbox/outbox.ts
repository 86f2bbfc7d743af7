import type { Connection } from '../sqlite/connection.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import { belong, type Ends, endsIn, rowsAfter, selectRows, senderIn, standingIn } from './outbox-rows.ts'
import { openGoalsIn, type Readable } from './outbox-state.ts'
import { OUTBOX, type OutboxRow } from './outbox-table.ts'

/** A way to a database for the length of one reading; undefined once it is gone. Throws where it cannot be had just now. */
export type Access = <T>(read: (database: Readable) => T) => T | undefined

/** A file may be opened for each reading, which costs as much as reading hundreds of rows. */
export const BATCHES_A_READING = 8

/** What is pending, as a drain takes it. */
export interface Pending {
  /** How far the outbox is delivered; see `Outbox.standing`. */
  readonly delivered: Checkpoint
  /** The rows after that, read as they are asked for, but for the first. */
  readonly batches: Generator<OutboxRow[]>
}

interface Reading {
  readonly rows: OutboxRow[]
  /** How many were asked for. */
  readonly limit: number
}

/** What is read from an outbox to build telemetry from its rows. */
export type OutboxView = Pick<Outbox, 'senderText' | 'countByStatus'>

/** What is pending in an agent's database. Only ever reads: the agent's own trigger deletes delivered rows. */
export class Outbox {
  readonly #access: Access
  #readTo = 0
  /** Those of the rows that a drain has read so far. */
  readonly #senders = new Map<number, string | undefined>()

  constructor(access: Access) {
    this.#access = access
  }

  /** The number of the last row that `batches` has read. */
  get readTo(): number {
    return this.#readTo
  }

  /**
   * What a drain begins with, in one reading: one of a file that the agent has open takes longer to begin than to do.
   * @param size Rows of a batch.
   * @param most How many batches may be read ahead now.
   */
  pending(checkpoint: Checkpoint, size: number, most: () => number): Pending {
    this.#senders.clear()
    const limit = size * most()
    const none = { delivered: NOTHING_DELIVERED, rows: [] as OutboxRow[] }
    const { delivered, rows } = this.#reading(none, (database) => {
      const delivered = standingIn(database, checkpoint)
      return { delivered, rows: this.#withSenders(database, delivered.seq, limit) }
    })
    return { delivered, batches: this.#batches(delivered.seq, size, { rows, limit }, most) }
  }

  /** What its file keeps of open goals, see open-goals-text.ts. */
  keptOpenGoals(): string | undefined {
    return this.#reading<string | undefined>(undefined, openGoalsIn)
  }

  /** All rows after `seq`, in batches of about `size`. */
  batches(seq: number, size: number): Generator<OutboxRow[]> {
    const limit = size * BATCHES_A_READING
    return this.#batches(seq, size, { rows: this.read(seq, limit), limit }, () => BATCHES_A_READING)
  }

  *#batches(seq: number, size: number, first: Reading, most: () => number): Generator<OutboxRow[]> {
    this.#readTo = seq
    for (let { rows, limit } = first; rows.length > 0; ) {
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
      const after = rows.at(-1)?.seq ?? seq
      limit = size * most()
      rows = this.#reading([], (database) => this.#withSenders(database, after, limit))
    }
  }

  /** The rows after `seq`, about `limit` of them. */
  read(seq: number, limit: number): OutboxRow[] {
    return this.#reading([], (database) => rowsAfter(database, seq, limit))
  }

  /** The same, and their senders, so that `senderText` needs no reading of its own. */
  #withSenders(database: Readable, seq: number, limit: number): OutboxRow[] {
    const rows = rowsAfter(database, seq, limit)
    for (const { sender } of rows) {
      if (!this.#senders.has(sender)) this.#senders.set(sender, senderIn(database, sender))
    }
    return rows
  }

  /**
   * How far this outbox is delivered, by the checkpoint given and the one in its own file, whichever is further. One that names
   * another row than there is under its number, or none, is about another database, restored or recreated since.
   */
  standing(checkpoint: Checkpoint): Checkpoint {
    return this.#reading(NOTHING_DELIVERED, (database) => standingIn(database, checkpoint))
  }

  /** The numbers of the oldest row and the newest; undefined where there is none. */
  ends(): Ends | undefined {
    return this.#reading(undefined, endsIn)
  }

  /** Both in one reading. */
  progress(checkpoint: Checkpoint): { readonly ends: Ends | undefined; readonly delivered: Checkpoint } {
    return this.#reading({ ends: undefined, delivered: NOTHING_DELIVERED }, (database) => ({
      ends: endsIn(database),
      delivered: standingIn(database, checkpoint),
    }))
  }

  /** How many rows are pending after `seq`, and the first of them. */
  waiting(seq: number): { count: number; first: OutboxRow | undefined } {
    return this.#reading({ count: 0, first: undefined }, (database) => {
      const count = database.prepare(`SELECT count(*) AS count FROM ${OUTBOX} WHERE seq > ?`).get(seq)
      const first = selectRows(database, 'WHERE seq > ? ORDER BY seq LIMIT 1').get(seq)
      return { count: (count as { count: number }).count, first: first as OutboxRow | undefined }
    })
  }

  /** As it is kept, which distinguishes senders whatever their numbers. */
  senderText(id: number): string | undefined {
    if (this.#senders.has(id)) return this.#senders.get(id)
    return this.#reading<string | undefined>(undefined, (database) => senderIn(database, id))
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

function isNoTable(error: unknown): boolean {
  return /no such table/.test(String(error))
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A connection of the agent's as it is read here, whatever the agent has set on it. */
export function plain(connection: Connection): Readable {
  return { prepare: (sql) => connection.prepare(sql).safeIntegers(false) }
}
