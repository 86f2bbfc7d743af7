import { type Query, quoted } from '../mapping/table-facts.ts'
import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { edgeRows } from '../sqlite/wal/edge-rows.ts'
import {
  type KnownTable,
  SCHEMA_LAYOUT,
  SCHEMA_ROOT,
  type SchemaEntry,
  schemaEntries,
} from '../sqlite/wal/schema-rows.ts'
import { columnsOf, createTable, layoutOf } from '../sqlite/wal/table-layout.ts'
import type { TableRow } from '../sqlite/wal/table-row.ts'
import { TableTree } from '../sqlite/wal/table-tree.ts'
import { DatabaseFile } from './database-file.ts'
import type { LogImage } from './log-image.ts'
import { readStill } from './still-image.ts'
import { WalFile } from './wal-file.ts'

/** Rows at either end of a table that are read: as many as a proposal looks at (src/mapping/table-facts.ts). */
const MOST_ROWS = 2000

/**
 * A copy in memory of a database that other processes write, for queries that propose a mapping: all its tables, each filled with its
 * first and last rows once a query names it. Made from the files alone; no lock is taken.
 */
export class DatabaseSketch {
  readonly #path: string
  readonly #file: DatabaseFile
  readonly #memory: OwnDatabase
  readonly #open: OpenDatabase
  readonly #empty = new Map<string, KnownTable>()

  /**
   * @param open Opens a database in memory.
   * @throws {UnreadableDatabaseError} where the file is encrypted or no database; else what the file system says.
   */
  constructor(path: string, open: OpenDatabase) {
    this.#path = path
    this.#open = open
    this.#file = new DatabaseFile(path)
    this.#memory = new open(':memory:', { timeout: 0 })
    try {
      this.#memory.exec('PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF')
      const reading = (image: LogImage) => ({ header: image.header, pages: image.pages, layout: SCHEMA_LAYOUT })
      const entries = this.#read((image) => [...schemaEntries(TableTree.read(SCHEMA_ROOT, reading(image)).rows())])
      // Indexes after the tables that they are of.
      for (const type of ['table', 'index'])
        for (const entry of entries ?? []) if (entry.type === type) this.#make(entry)
    } catch (error) {
      this.close()
      throw error
    }
  }

  readonly query: Query = (sql, ...parameters) => {
    if (!/^\s*PRAGMA\b/i.test(sql)) {
      for (const [name, table] of this.#empty) {
        if (!sql.includes(quoted(name)) && !new RegExp(`\\b${name.replace(/\W/g, '\\$&')}\\b`).test(sql)) continue
        this.#empty.delete(name)
        this.#fill(table)
      }
    }
    return this.#memory.prepare(sql).all(...parameters) as Record<string, unknown>[]
  }

  close(): void {
    this.#file.close()
    this.#memory.close()
  }

  #make({ type, name, root, sql }: SchemaEntry): void {
    // SQLite's own tables, and the indexes of a primary key, come with the others.
    if (sql === '' || /^sqlite_/i.test(name)) return
    try {
      createTable(this.#memory, sql)
      if (type === 'table' && root > 0) this.#empty.set(name, { name, root, sql })
    } catch {
      // A module or a syntax that this SQLite does not have: no table of goals is proposed of it.
    }
  }

  #fill({ name, root, sql }: KnownTable): void {
    const all = columnsOf(name, sql, this.#open)
    const own = this.query(`PRAGMA main.table_xinfo(${quoted(name)})`).filter(({ hidden }) => hidden === 0)
    // Generated columns cannot be inserted.
    const isOwn = new Set(own.map((column) => column.name))
    const columns = all.columns.filter((column) => isOwn.has(column.name))
    const layout = layoutOf(all, columns, () => false)
    const rows = this.#read(({ header, pages }) => edgeRows(root, { header, pages, layout }, MOST_ROWS)) ?? []
    const names = columns.map((column) => quoted(column.name)).join(', ')
    const places = columns.map(() => '?').join(', ')
    const insert = this.#memory.prepare(`INSERT OR IGNORE INTO main.${quoted(name)} (${names}) VALUES (${places})`)
    for (const { values } of rows) insert.run(...values.map(bound))
  }

  /** @returns undefined where a transaction is in the midst of the file. */
  #read<T>(read: (image: LogImage) => T): T | undefined {
    const log = WalFile.open(`${this.#path}-wal`)
    try {
      return readStill({ path: this.#path, file: this.#file, log: () => log }, read)?.value
    } finally {
      log?.close()
    }
  }
}

/** better-sqlite3 takes a BLOB only as a Buffer. */
function bound(value: TableRow['values'][number]): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value
}
