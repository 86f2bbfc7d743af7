import type { Connection, Statement } from '../sqlite/connection.ts'
import type { FollowedFile } from './followed-file.ts'
import type { FileStamp } from './read-file.ts'

/** Of these tables. Those of a newer goaltrace are not touched. */
const VERSION = 1
const STATE = '_goaltrace_files_state'
const FILES = '_goaltrace_files'
const LINES = '_goaltrace_files_lines'
const SCANNED = '_goaltrace_files_scanned'

const CREATE = `
CREATE TABLE IF NOT EXISTS ${STATE} (name PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${FILES} (id INTEGER PRIMARY KEY, mapping TEXT, path TEXT, inode TEXT, size INTEGER, mtime REAL,
  mark TEXT, UNIQUE (mapping, path));
CREATE TABLE IF NOT EXISTS ${LINES} (file INTEGER, line TEXT, copy TEXT, PRIMARY KEY (file, line)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${SCANNED} (mapping TEXT, glob TEXT, PRIMARY KEY (mapping, glob)) WITHOUT ROWID;`

const UNUSED = 'mapping NOT IN (SELECT value FROM json_each(?))'

/** How far each file was read. In the same SQLite file as the outbox, so that one transaction keeps a change and the mark after it. */
export class FileStore {
  readonly #database: Connection
  readonly #mappings: string
  /** The numbers of files by their paths, of mappings that are no longer used. */
  readonly #unused = new Map<string, number>()
  /** By their SQL. Prepared once, as an idle process never collects the memory of discarded ones. */
  readonly #statements = new Map<string, Statement>()

  /**
   * @param mappings The keys of those in use.
   * @throws {Error} where a newer goaltrace has made it.
   */
  constructor(database: Connection, mappings: readonly string[]) {
    this.#database = database
    this.#mappings = JSON.stringify(mappings)
    database.exec(CREATE)
    const version = Number(this.#get(`SELECT value FROM ${STATE} WHERE name = 'version'`)?.value ?? VERSION)
    if (version > VERSION) {
      throw new Error(`a newer goaltrace has watched these files (version ${version}): update goaltrace here too`)
    }
    // Files of before lines were recognized in copies.
    if (this.#get(`SELECT 1 AS one FROM pragma_table_info('${LINES}') WHERE name = 'copy'`) === undefined) {
      database.exec(`ALTER TABLE ${LINES} ADD COLUMN copy TEXT`)
    }
    database.exec(`CREATE INDEX IF NOT EXISTS ${LINES}_copy ON ${LINES} (copy) WHERE copy IS NOT NULL`)
    this.#statement(`INSERT OR REPLACE INTO ${STATE} VALUES ('version', ?)`).run(VERSION)
    const unused = this.#statement(`SELECT path, id FROM ${FILES} WHERE ${UNUSED} ORDER BY id`).all(this.#mappings)
    for (const { path, id } of unused as { path: string; id: number }[]) this.#unused.set(path, id)
  }

  /** Runs this in one transaction. @throws what it throws, after a rollback. */
  transaction<T>(run: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = run()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** The known files of a mapping, as they were when they were last read. */
  files(mapping: string): FollowedFile[] {
    const sql = `SELECT id AS number, path, inode, size, mtime FROM ${FILES} WHERE mapping = ?`
    const rows = this.#statement(sql).all(mapping) as {
      number: number
      path: string
      inode: string
      size: number
      mtime: number
    }[]
    return rows.map(({ number, path, inode, size, mtime }) => ({
      number,
      path,
      stamp: { id: inode, size, mtimeMs: mtime },
    }))
  }

  /** @returns the file's number. */
  add(mapping: string, path: string, { id, size, mtimeMs }: FileStamp, mark: unknown): number {
    const sql = `INSERT INTO ${FILES} (mapping, path, inode, size, mtime, mark) VALUES (?, ?, ?, ?, ?, ?)`
    const done = this.#statement(sql).run(mapping, path, id, size, mtimeMs, JSON.stringify(mark))
    return Number((done as { lastInsertRowid: number | bigint }).lastInsertRowid)
  }

  mark(file: number): unknown {
    const row = this.#get(`SELECT mark FROM ${FILES} WHERE id = ?`, file)
    return row && JSON.parse(String(row.mark))
  }

  write(file: number, { id, size, mtimeMs }: FileStamp, mark: unknown): void {
    const sql = `UPDATE ${FILES} SET inode = ?, size = ?, mtime = ?, mark = ? WHERE id = ?`
    this.#statement(sql).run(id, size, mtimeMs, JSON.stringify(mark), file)
  }

  /** A file as it was read by a mapping that is no longer used, such as a preset of an earlier version. */
  earlier(path: string): { readonly stamp: FileStamp; readonly mark: unknown } | undefined {
    const number = this.#unused.get(path)
    if (number === undefined) return undefined
    const row = this.#get(`SELECT inode, size, mtime, mark FROM ${FILES} WHERE id = ?`, number)
    const stamp = { id: String(row?.inode), size: Number(row?.size), mtimeMs: Number(row?.mtime) }
    return { stamp, mark: JSON.parse(String(row?.mark)) }
  }

  /** Forgets what was read by mappings that are no longer used. @returns whether there was any. */
  forgetUnused(): boolean {
    if (this.#get(`SELECT 1 AS one FROM ${SCANNED} WHERE ${UNUSED} LIMIT 1`, this.#mappings) === undefined) return false
    this.#statement(`DELETE FROM ${LINES} WHERE file IN (SELECT id FROM ${FILES} WHERE ${UNUSED})`).run(this.#mappings)
    this.#unused.clear()
    for (const table of [FILES, SCANNED]) this.#statement(`DELETE FROM ${table} WHERE ${UNUSED}`).run(this.#mappings)
    return true
  }

  rename(file: number, path: string): void {
    this.#statement(`UPDATE ${FILES} SET path = ? WHERE id = ?`).run(path, file)
  }

  remove(file: number): void {
    this.#statement(`DELETE FROM ${FILES} WHERE id = ?`).run(file)
    this.#statement(`DELETE FROM ${LINES} WHERE file = ?`).run(file)
  }

  /** Whether a line about a goal, by its key, was read in a file before. */
  hasLine(file: number, line: string): boolean {
    return this.#get(`SELECT 1 AS one FROM ${LINES} WHERE file = ? AND line = ?`, file, line) !== undefined
  }

  /** Whether a line was read in another file of the same mapping. */
  hasCopy(file: number, copy: string): boolean {
    const sql = `SELECT 1 AS one FROM ${LINES} JOIN ${FILES} ON id = file
      WHERE copy = ? AND file <> ? AND mapping = (SELECT mapping FROM ${FILES} WHERE id = ?) LIMIT 1`
    return this.#get(sql, copy, file, file) !== undefined
  }

  addLine(file: number, line: string, copy: string | undefined): void {
    this.#statement(`INSERT OR IGNORE INTO ${LINES} (file, line, copy) VALUES (?, ?, ?)`).run(file, line, copy ?? null)
  }

  /** Has the lines that were read in one file known in another, too. */
  copyLines(from: number, to: number): void {
    const sql = `INSERT OR IGNORE INTO ${LINES} (file, line, copy) SELECT ?, line, copy FROM ${LINES} WHERE file = ?`
    this.#statement(sql).run(to, from)
  }

  /** Whether the glob was scanned once for this mapping: files that appear after that are new, not old. */
  wasScanned(mapping: string, glob: string): boolean {
    return this.#get(`SELECT 1 AS one FROM ${SCANNED} WHERE mapping = ? AND glob = ?`, mapping, glob) !== undefined
  }

  /** Whether the glob was scanned for a mapping that is no longer used. */
  wasScannedByUnused(glob: string): boolean {
    return this.#get(`SELECT 1 AS one FROM ${SCANNED} WHERE glob = ? AND ${UNUSED}`, glob, this.#mappings) !== undefined
  }

  markScanned(mapping: string, glob: string): void {
    this.#statement(`INSERT OR REPLACE INTO ${SCANNED} VALUES (?, ?)`).run(mapping, glob)
  }

  #get(sql: string, ...parameters: unknown[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...parameters) as Record<string, unknown> | undefined
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql).safeIntegers(false)
    this.#statements.set(sql, known)
    return known
  }
}
