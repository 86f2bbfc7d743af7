import { existsSync, rmSync } from 'node:fs'
import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { resultCode } from '../sqlite/result-code.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import type { DeadLetter } from './checkpoint-store.ts'

/** What 0.1.0 says, after "no such table: main.", when it next looks for how far it has delivered. */
const RETIRED = 'a newer goaltrace delivers these goals: update goaltrace here too'

/**
 * The SQLite file in which 0.1.0 keeps how far a database is delivered. One that has been taken over has nothing to
 * read.
 */
export class EarlierCheckpoint {
  readonly #file: string
  readonly #open: OpenDatabase

  constructor(file: string, open: OpenDatabase) {
    this.#file = file
    this.#open = open
  }

  get exists(): boolean {
    return existsSync(this.#file)
  }

  read(): Checkpoint {
    const found = this.#rows('mark', (database) => database.prepare('SELECT seq, uid FROM mark WHERE id = 1').all())
    return (found[0] as Checkpoint | undefined) ?? NOTHING_DELIVERED
  }

  deadLetters(): DeadLetter[] {
    const select = 'SELECT uid, reason, record FROM dead_letter ORDER BY uid'
    const letters = this.#rows('dead_letter', (database) => database.prepare(select).all())
    return (letters as { uid: string; reason: string; record: string }[]).map((letter) => ({
      ...letter,
      record: JSON.parse(letter.record),
    }))
  }

  /**
   * What an earlier goaltrace would go on from is no longer true: it stops, and says why, as it has no other way to learn of
   * a newer one.
   */
  retire(): void {
    this.#opened((database) =>
      database.exec(`BEGIN IMMEDIATE;
        DROP TABLE IF EXISTS mark;
        DROP TABLE IF EXISTS dead_letter;
        CREATE VIEW mark AS SELECT * FROM "${RETIRED}";
        COMMIT`),
    )
  }

  #rows(table: string, read: (database: OwnDatabase) => unknown[]): unknown[] {
    if (!this.exists) return []
    const find = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`
    return this.#opened((database) => (database.prepare(find).get(table) ? read(database) : [])) ?? []
  }

  /** Undefined, and the file is gone, where a power failure has damaged it. */
  #opened<T>(use: (database: OwnDatabase) => T): T | undefined {
    const database = new this.#open(this.#file, { fileMustExist: true, timeout: 100 })
    try {
      return use(database)
    } catch (error) {
      if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(resultCode(error))) throw error
    } finally {
      database.close()
    }
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#file}${end}`, { force: true })
    return undefined
  }
}
