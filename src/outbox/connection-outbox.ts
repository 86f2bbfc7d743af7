import type { Connection } from '../sqlite/connection.ts'
import { reason, warnOnce } from '../telemetry/diagnose.ts'
import type { Acknowledgements, DeadLetter } from './acknowledgement.ts'
import { type Mark, NOTHING_YET } from './mark.ts'
import { Outbox, type Readable } from './outbox.ts'
import type { OpenDatabase } from './outbox-file.ts'
import { createOutbox, OUTBOX, SENDERS } from './outbox-table.ts'

/**
 * An outbox that only its own connection sees, in a database in memory or a TEMP table, and that goes with it. So it is
 * read on that connection, between its transactions.
 */
export class ConnectionOutbox {
  readonly outbox: Outbox
  readonly acknowledgements: Acknowledgements
  readonly #connection: Connection
  readonly #open: OpenDatabase | undefined
  /** What waited when the connection was closed. */
  #kept: Readable | undefined
  #mark: Mark = NOTHING_YET

  /** @param open For what is to outlive the connection, within this process. */
  constructor(connection: Connection, open?: OpenDatabase) {
    this.#connection = connection
    this.#open = open
    this.outbox = new Outbox((read) => {
      if (!connection.open) return this.#kept && read(this.#kept)
      if (connection.inTransaction) throw new Error(`${connection.name} is in a transaction`)
      return read(plain(connection))
    })
    const letters: DeadLetter[] = []
    this.acknowledgements = {
      read: () => this.#mark,
      write: (mark) => {
        this.#mark = mark
      },
      setAside: (letter) => void letters.push(letter),
      deadLetters: () => letters,
      close: () => {},
    }
  }

  /** A copy of what waits, for when the connection is closed. What is in a transaction then is rolled back with it. */
  keep(): void {
    try {
      this.#copy()
    } catch (error) {
      const why = `what waits in ${this.#connection.name} is lost with it, since reading it failed`
      warnOnce('keep', `${why}: ${reason(error)}`)
    }
  }

  #copy(): void {
    if (this.#open === undefined || !this.#connection.open || this.#connection.inTransaction) return
    const from = this.#connection
    // With each integer as it is, ids above all.
    const all = (sql: string, ...of: unknown[]) =>
      from
        .prepare(sql)
        .safeIntegers(true)
        .all(...of) as object[]
    const rows = all(`SELECT * FROM ${OUTBOX} WHERE seq >= ?`, this.#mark.seq)
    const senders = all(`SELECT * FROM ${SENDERS}`)
    const copy = new this.#open(':memory:', { timeout: 0 })
    copy.exec(createOutbox('main'))
    for (const [table, all] of [
      [OUTBOX, rows],
      [SENDERS, senders],
    ] as const) {
      const [first] = all
      if (first === undefined) continue
      const names = Object.keys(first)
      const insert = copy.prepare(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      )
      copy.exec('BEGIN')
      for (const row of all) insert.run(...Object.values(row))
      copy.exec('COMMIT')
    }
    this.#kept = copy
  }
}

function plain(connection: Connection): Readable {
  return { prepare: (sql) => connection.prepare(sql).safeIntegers(false) } as Readable
}
