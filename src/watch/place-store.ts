import type { Connection } from '../sqlite/connection.ts'
import type { TreePage } from '../sqlite/wal/table-tree.ts'
import type { KeptTable, TrackedChange } from '../sqlite/wal/tracked-tables.ts'
import type { DatabasePlace } from './database-step.ts'
import { pageOfText, textOfPage } from './kept-pages.ts'

/** Of these tables. A newer one is left alone. */
const VERSION = 1
const PLACE = '_goaltrace_watch'
const PAGES = '_goaltrace_watch_pages'

const CREATE = `
CREATE TABLE IF NOT EXISTS ${PLACE} (name PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${PAGES} (tree, page, content, PRIMARY KEY (tree, page)) WITHOUT ROWID;`

export interface KeptPlace {
  readonly version: number
  /** The tables that were followed, and how, as text: the rows of others are not known. */
  readonly following: string
  readonly place: DatabasePlace
  readonly tables: readonly KeptTable[]
}

/** How far a database was read and what it held then, in goaltrace's own file, beside the outbox of what was found. */
export class PlaceStore {
  readonly #database: Connection

  /** @throws {Error} where a newer goaltrace has made it. */
  constructor(database: Connection) {
    this.#database = database
    database.exec(CREATE)
  }

  /** Undefined where there is none yet. */
  read(): KeptPlace | undefined {
    const row = this.#database.prepare(`SELECT value FROM ${PLACE} WHERE name = 'place'`).get()
    if (row === undefined) return undefined
    const kept = JSON.parse((row as { value: string }).value) as KeptPlace
    if (kept.version <= VERSION) return kept
    throw new Error(`a newer goaltrace has watched this database (version ${kept.version}): update goaltrace here too`)
  }

  /** The database is not there yet: what stands in it once it is has come since. */
  awaitDatabase(): void {
    if (this.read() === undefined) this.#database.exec(`INSERT OR REPLACE INTO ${PLACE} VALUES ('awaited', 1)`)
  }

  get isAwaited(): boolean {
    return this.#database.prepare(`SELECT 1 FROM ${PLACE} WHERE name = 'awaited'`).get() !== undefined
  }

  *pages(tree: string): Generator<readonly [number, TreePage]> {
    const select = this.#database.prepare(`SELECT page, content FROM ${PAGES} WHERE tree = ?`).safeIntegers(false)
    for (const { page, content } of select.all(tree) as { page: number; content: string }[]) {
      yield [page, pageOfText(content)]
    }
  }

  /** Within the transaction that writes what was found. */
  write(kept: Omit<KeptPlace, 'version'>, changes: readonly TrackedChange[]): void {
    const remove = this.#database.prepare(`DELETE FROM ${PAGES} WHERE tree = ? AND page = ?`)
    const put = this.#database.prepare(`INSERT OR REPLACE INTO ${PAGES} VALUES (?, ?, ?)`)
    for (const [tree, pages] of this.#latest(changes)) {
      for (const [page, content] of pages) {
        if (content) put.run(tree, page, textOfPage(content))
        else remove.run(tree, page)
      }
    }
    const text = JSON.stringify({ version: VERSION, ...kept })
    this.#database.prepare(`INSERT OR REPLACE INTO ${PLACE} VALUES ('place', ?)`).run(text)
    this.#database.exec(`DELETE FROM ${PLACE} WHERE name = 'awaited'`)
  }

  /** By tree, what each page is after the last of some changes. */
  #latest(changes: readonly TrackedChange[]): Map<string, Map<number, TreePage | undefined>> {
    const latest = new Map<string, Map<number, TreePage | undefined>>()
    for (const { pages } of changes) {
      for (const [tree, { whole, pages: of }] of pages) {
        if (whole) this.#database.prepare(`DELETE FROM ${PAGES} WHERE tree = ?`).run(tree)
        const known = whole ? new Map() : (latest.get(tree) ?? new Map())
        for (const [page, content] of of) known.set(page, content)
        latest.set(tree, known)
      }
    }
    return latest
  }
}
