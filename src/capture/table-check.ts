import { OUTBOX, TABLES } from '../outbox/outbox-table.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { tablesThere } from '../sqlite/has-table.ts'
import { outboxOn } from './trigger-installer.ts'

/** Rows of an outbox of which all pages are checked, in 2 ms at the most; of a longer one those at its ends. */
const MOST_CHECKED = 10_000

/**
 * Whether goaltrace's own tables in the agent's file are sound. They are checked outside of transactions only: once a
 * statement meets damage within one, SQLite refuses all further writes and the COMMIT, the agent's own included, until a
 * ROLLBACK (SQLITE_CorruptRdOnly in https://sqlite.org/src/file?name=src/vdbe.c).
 */
export class TableCheck {
  readonly #database: Connection
  readonly #inFile: boolean
  #found: 'unchecked' | 'sound' | 'suspect' = 'unchecked'

  constructor(database: Connection, inFile: boolean) {
    this.#database = database
    this.#inFile = inFile
  }

  get sound(): boolean {
    return this.#found === 'sound'
  }

  /** Whether goaltrace has met a fault since the last check. */
  get suspect(): boolean {
    return this.#found === 'suspect'
  }

  /** What installing the triggers, or a change, has shown. */
  note(found: 'sound' | 'suspect'): void {
    this.#found = found
  }

  /** @throws what is wrong. */
  run(): void {
    const there = this.#inFile ? tablesThere(this.#database, TABLES) : []
    for (const table of there) {
      if (table === OUTBOX && this.#isLong()) continue
      const [found] = rows(this.#database, `PRAGMA main.quick_check("${table}")`).flatMap(Object.values)
      if (found !== undefined && found !== 'ok') throw new Error(`${table} is damaged: ${found}`)
    }
    this.#found = 'sound'
  }

  /** Reads both ends of the outbox, where changes read and write. */
  #isLong(): boolean {
    const ends = outboxOn(this.#database).ends()
    return ends !== undefined && ends.last - ends.first >= MOST_CHECKED
  }
}
