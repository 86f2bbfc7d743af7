import { existsSync, rmSync } from 'node:fs'
import { reason, warnOnce } from '../base/diagnose.ts'
import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { literal } from '../sqlite/sql-literal.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import type { OpenGoalChanges } from './checkpoint-store.ts'

/**
 * A row for each goal that is not over, and the checkpoint at which they are right, in one transaction. A rollback journal, which
 * a kill leaves good; not synced: what a power failure takes or damages is begun again, and its goals are marked as met only then.
 */
const CREATE = `
PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS open_goal (key TEXT PRIMARY KEY, goal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, uid TEXT NOT NULL);`

/**
 * The open goals, where they are too many for the checkpoint's file, in a SQLite file: a text would have to be
 * read and written as a whole, and a database may have a million goals that are not over. Only the holder of the drain lock writes. Never throws: a fault
 * here must not keep a record from being delivered.
 */
export class OpenGoalsFile {
  readonly #file: string
  readonly #open: OpenDatabase
  #database: OwnDatabase | undefined

  constructor(file: string, open: OpenDatabase) {
    this.#file = file
    this.#open = open
  }

  /** The checkpoint at which they are right. */
  get mark(): Checkpoint {
    return this.#read(markIn) ?? NOTHING_DELIVERED
  }

  /** As it is just now, for a reader that does not hold the drain lock. Empty where it cannot be read at once. */
  peek(most: number): { readonly mark: Checkpoint; readonly openGoals: OpenGoalChanges } {
    const none = { mark: NOTHING_DELIVERED, openGoals: [] }
    if (!existsSync(this.#file)) return none
    try {
      const database = new this.#open(this.#file, { fileMustExist: true, timeout: 0 })
      try {
        database.exec('BEGIN')
        return { mark: markIn(database), openGoals: rowsIn(database, most) }
      } finally {
        database.close()
      }
    } catch {
      return none
    }
  }

  of(key: string): string | undefined {
    const read = (database: OwnDatabase) => database.prepare('SELECT goal FROM open_goal WHERE key = ?').get(key)
    return (this.#read(read) as { goal: string } | undefined)?.goal
  }

  /**
   * All of them after these changes, where they are no more than this many; undefined else, which takes no longer however many there are.
   */
  fewAfter(changes: OpenGoalChanges, most: number): OpenGoalChanges | undefined {
    // So many may end with the changes.
    const limit = most + changes.length
    const rows = this.#read((database) => rowsIn(database, limit + 1))
    if (rows === undefined || rows.length > limit) return undefined
    const left = new Map(rows)
    for (const [key, goal] of changes) goal === null ? left.delete(key) : left.set(key, goal)
    return left.size > most ? undefined : [...left]
  }

  /** @returns whether they are kept. */
  write(openGoals: OpenGoalChanges, { seq, uid }: Checkpoint): boolean {
    return (
      this.#with((database) => {
        database.exec('BEGIN IMMEDIATE')
        const put = database.prepare('INSERT OR REPLACE INTO open_goal VALUES (?, ?)')
        const drop = database.prepare('DELETE FROM open_goal WHERE key = ?')
        for (const [key, goal] of openGoals) goal === null ? drop.run(key) : put.run(key, goal)
        database.exec(`INSERT OR REPLACE INTO mark VALUES (1, ${seq}, ${literal(uid)}); COMMIT`)
        return true
      }) ?? false
    )
  }

  /** They are of another database, or changes were delivered since without them. */
  forget(): void {
    this.close()
    for (const suffix of ['', '-journal']) rmSync(this.#file + suffix, { force: true })
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  /** Undefined where there is no file, which is not made to be read. */
  #read<T>(read: (database: OwnDatabase) => T): T | undefined {
    return existsSync(this.#file) ? this.#with(read) : undefined
  }

  #with<T>(use: (database: OwnDatabase) => T): T | undefined {
    try {
      this.#database ??= this.#opened()
      return use(this.#database)
    } catch (error) {
      warnOnce(
        `open goals ${this.#file}`,
        `the traces of goals begin again, because ${this.#file} cannot be used: ${reason(error)}`,
      )
      try {
        this.forget()
      } catch {
        // It is tried again with the next change.
      }
      return undefined
    }
  }

  #opened(): OwnDatabase {
    const database = new this.#open(this.#file, { timeout: 100 })
    try {
      database.exec(CREATE)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }
}

function markIn(database: OwnDatabase): Checkpoint {
  return (database.prepare('SELECT seq, uid FROM mark').get() as Checkpoint | undefined) ?? NOTHING_DELIVERED
}

function rowsIn(database: OwnDatabase, most: number): OpenGoalChanges {
  const rows = database.prepare('SELECT key, goal FROM open_goal LIMIT ?').all(most)
  return (rows as { key: string; goal: string }[]).map(({ key, goal }) => [key, goal])
}
