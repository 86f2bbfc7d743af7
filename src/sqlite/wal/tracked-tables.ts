import { reason } from '../../base/diagnose.ts'
import type { OpenDatabase } from '../open-database.ts'
import type { DatabaseHeader } from './database-header.ts'
import type { Value } from './record.ts'
import { columnsOf, layoutOf, type TableLayout } from './table-layout.ts'
import type { PageSource, TableRow } from './table-row.ts'
import { sameValues, TableTree, type TreeChange, type TreePage } from './table-tree.ts'

/** A table that is followed, and what of its rows is wanted. */
export interface WantedTable {
  readonly name: string
  readonly columns: readonly string[]
  /** Columns without which the table counts as missing. */
  readonly required: readonly string[]
  /** Of these only the length is kept. */
  readonly lengths: readonly string[]
}

/** Rows by their columns' names, as the table has them at one moment. */
export interface NamedRows {
  /** Those of the wanted columns that the table has, in lower case, in the order of the rows' values. */
  readonly names: readonly string[]
  readonly rows: readonly TableRow[]
}

export interface TableChange {
  /** As it is wanted. */
  readonly table: string
  readonly removed: NamedRows
  readonly added: NamedRows
}

export interface TrackedChange {
  readonly tables: readonly TableChange[]
  /** By tree, the pages that are to be kept in place of those before; all of it where `whole`. */
  readonly pages: ReadonlyMap<string, { readonly whole: boolean; readonly pages: TreeChange['pages'] }>
  /** What a user has to know of a table, as sentences. */
  readonly notes: readonly string[]
}

/** What a table was when it was last read; without `root` it is not there any more, or not as it is wanted. */
export interface KnownTable {
  readonly name: string
  readonly root: number
  readonly sql: string
}

/** A table as it is kept for another process. */
export interface KeptTable extends KnownTable {
  /** As it is wanted. */
  readonly table: string
  /** Of the columns whose values are kept. */
  readonly names: readonly string[]
}

/** The tree of sqlite_schema, which says where the others are. */
export const SCHEMA = 'sqlite_schema'
const SCHEMA_ROOT = 1
const SCHEMA_LAYOUT: TableLayout = {
  columns: [0, 1, 3, 4].map((at) => ({ at, missing: null })),
  key: undefined,
  depth: 5,
}

type ChangedPages = Map<string, { readonly whole: boolean; readonly pages: TreeChange['pages'] }>

interface Tracked {
  readonly wanted: WantedTable
  known: KnownTable | undefined
  names: readonly string[]
  layout: TableLayout | undefined
  tree: TableTree | undefined
}

export interface Reading {
  readonly header: DatabaseHeader
  readonly pages: PageSource
}

/** The tables that are wanted, wherever a database keeps them, from one commit to the next. */
export class TrackedTables {
  readonly #open: OpenDatabase
  #tables: readonly Tracked[]
  #schema: TableTree | undefined

  /** @param open Opens a database in memory. */
  constructor(wanted: readonly WantedTable[], open: OpenDatabase) {
    this.#open = open
    this.#tables = wanted.map((one) => ({
      wanted: one,
      known: undefined,
      names: [],
      layout: undefined,
      tree: undefined,
    }))
  }

  /** A copy, for a comparison of all rows that may have to be discarded. */
  copy(): TrackedTables {
    const copy = new TrackedTables([], this.#open)
    copy.#tables = this.#tables.map((tracked) => ({ ...tracked }))
    copy.#schema = this.#schema
    return copy
  }

  /** Goes on where another process was. */
  restore(known: readonly KeptTable[], pagesOf: (tree: string) => Iterable<readonly [number, TreePage]>): void {
    this.#schema = new TableTree(SCHEMA_ROOT, pagesOf(SCHEMA))
    for (const tracked of this.#tables) {
      const found = known.find(({ table }) => table === tracked.wanted.name)
      if (found === undefined) continue
      const { layout } = this.#shapeOf(tracked.wanted, found, []) ?? {}
      const tree = new TableTree(found.root, pagesOf(tracked.wanted.name))
      Object.assign(tracked, { known: found, names: found.names, layout, tree })
    }
  }

  /** What `restore` wants. */
  get kept(): KeptTable[] {
    return this.#tables.flatMap(({ wanted, known, names }) => (known ? [{ ...known, table: wanted.name, names }] : []))
  }

  /** Whether such a table is there, with what is wanted of it. */
  isThere(table: string): boolean {
    return this.#tables.some(({ wanted, layout }) => wanted.name === table && layout !== undefined)
  }

  rowsOf(table: string): NamedRows {
    const tracked = this.#tables.find(({ wanted }) => wanted.name === table)
    return { names: tracked?.names ?? [], rows: [...(tracked?.tree?.rows() ?? [])] }
  }

  /** By tree, the pages that it consists of. */
  *trees(): Generator<readonly [string, TableTree]> {
    if (this.#schema) yield [SCHEMA, this.#schema]
    for (const { wanted, tree } of this.#tables) if (tree) yield [wanted.name, tree]
  }

  /**
   * Goes on to the version of the database that a commit has made.
   * @param written The pages that it has written; `all` for one that is not known to follow the last.
   * @throws {DamagedPageError}, after which this object must not be used.
   */
  change(written: Iterable<number> | 'all', reading: Reading): TrackedChange {
    const pages: ChangedPages = new Map()
    const tables: TableChange[] = []
    const notes: string[] = []
    const list: ReadonlySet<number> | 'all' = written === 'all' ? 'all' : new Set(written)
    const schemaChanged = this.#changeSchema(list, reading, pages)
    for (const tracked of this.#tables) {
      const change =
        schemaChanged || list === 'all'
          ? this.#follow(tracked, list, reading, pages, notes)
          : this.#changeTree(tracked, list, reading, pages)
      if (change && change.removed.rows.length + change.added.rows.length > 0) tables.push(change)
    }
    return { tables, pages, notes }
  }

  #changeSchema(
    written: ReadonlySet<number> | 'all',
    { header, pages: source }: Reading,
    pages: ChangedPages,
  ): boolean {
    const reading = { header, pages: source, layout: SCHEMA_LAYOUT }
    if (written === 'all' || this.#schema === undefined) {
      this.#schema = TableTree.read(SCHEMA_ROOT, reading)
      pages.set(SCHEMA, { whole: true, pages: this.#schema.pages })
      return true
    }
    const change = this.#schema.change(written, reading)
    if (change.pages.size > 0) pages.set(SCHEMA, { whole: false, pages: change.pages })
    return change.removed.length + change.added.length > 0
  }

  #changeTree(
    tracked: Tracked,
    written: ReadonlySet<number>,
    { header, pages: source }: Reading,
    pages: ChangedPages,
  ): TableChange | undefined {
    const { wanted, tree, layout, names } = tracked
    if (tree === undefined || layout === undefined) return undefined
    const change = tree.change(written, { header, pages: source, layout })
    if (change.pages.size > 0) pages.set(wanted.name, { whole: false, pages: change.pages })
    return { table: wanted.name, removed: { names, rows: change.removed }, added: { names, rows: change.added } }
  }

  /** The schema is another one, in which the table may be elsewhere, be another, or not be. */
  #follow(
    tracked: Tracked,
    written: ReadonlySet<number> | 'all',
    reading: Reading,
    pages: ChangedPages,
    notes: string[],
  ): TableChange | undefined {
    const { wanted, known } = tracked
    const found = this.#find(wanted.name)
    if (found && known && written !== 'all' && found.root === known.root && found.sql === known.sql) {
      return this.#changeTree(tracked, written, reading, pages)
    }
    const shape = found && this.#shapeOf(wanted, found, notes)
    // One that is dropped keeps its rows here, for when it is made again as a rebuilt table is.
    if (found === undefined || shape === undefined) {
      if (tracked.layout) notes.push(`${wanted.name} is not there any more`)
      tracked.layout = undefined
      tracked.known = known && { ...known, root: 0, sql: '' }
      return undefined
    }
    // An additional column that is not wanted leaves the known rows valid.
    if (written !== 'all' && found.root === known?.root && isSame(shape, tracked)) {
      tracked.known = found
      return this.#changeTree(tracked, written, reading, pages)
    }
    const before = { names: tracked.names, rows: [...(tracked.tree?.rows() ?? [])] }
    Object.assign(tracked, shape, { known: found })
    tracked.tree = TableTree.read(found.root, { header: reading.header, pages: reading.pages, layout: shape.layout })
    pages.set(wanted.name, { whole: true, pages: tracked.tree.pages })
    return { table: wanted.name, ...differences(before, { names: tracked.names, rows: [...tracked.tree.rows()] }) }
  }

  #find(name: string): KnownTable | undefined {
    const isIt = (value: Value | undefined) => typeof value === 'string' && value.toLowerCase() === name.toLowerCase()
    for (const { values } of this.#schema?.rows() ?? []) {
      const [type, found, root, sql] = values
      if (type === 'table' && isIt(found)) return { name: String(found), root: Number(root), sql: String(sql) }
    }
    return undefined
  }

  #shapeOf(
    wanted: WantedTable,
    { name, root, sql }: KnownTable,
    notes: string[],
  ): { names: string[]; layout: TableLayout } | undefined {
    if (root === 0) return undefined
    try {
      const table = columnsOf(name, sql, this.#open)
      const by = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]))
      const columns = wanted.columns.flatMap((column) => by.get(column.toLowerCase()) ?? [])
      const computed = columns.find(({ at }) => at === undefined)
      if (computed) notes.push(`${name}.${computed.name} is computed, not stored, and so cannot be read from outside`)
      const stored = columns.filter(({ at }) => at !== undefined)
      const names = stored.map((column) => column.name.toLowerCase())
      const missing = wanted.required.find((column) => !isIn(names, column))
      if (missing !== undefined) {
        notes.push(`${name} has no column ${missing}`)
        return undefined
      }
      return { names, layout: layoutOf(table, stored, (column) => isIn(wanted.lengths, column)) }
    } catch (error) {
      notes.push(`what ${name} is made of is not understood: ${reason(error)}`)
      return undefined
    }
  }
}

function isIn(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase())
}

function differences(before: NamedRows, after: NamedRows): Pick<TableChange, 'removed' | 'added'> {
  if (before.names.join('\0') !== after.names.join('\0')) return { removed: before, added: after }
  const old = new Map(before.rows.map((row) => [row.key, row]))
  const added = after.rows.filter((row) => !sameValues(old.get(row.key), row) || !old.delete(row.key))
  return { removed: { ...before, rows: [...old.values()] }, added: { ...after, rows: added } }
}

function isSame({ layout, names }: { layout: TableLayout; names: readonly string[] }, tracked: Tracked): boolean {
  return JSON.stringify([layout, names], bigText) === JSON.stringify([tracked.layout, tracked.names], bigText)
}

function bigText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
