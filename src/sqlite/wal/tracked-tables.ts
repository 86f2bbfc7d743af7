import type { OpenDatabase } from '../open-database.ts'
import type { DatabaseHeader } from './database-header.ts'
import { differences, type NamedRows } from './named-rows.ts'
import { type KnownTable, SCHEMA, SCHEMA_LAYOUT, SCHEMA_ROOT, tableNamed } from './schema-rows.ts'
import type { TableLayout } from './table-layout.ts'
import type { PageSource } from './table-row.ts'
import { isSameShape, shapeOf, type WantedTable } from './table-shape.ts'
import { TableTree, type TreeChange, type TreePage } from './table-tree.ts'

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

/** A table as it is kept for another process. */
export interface KeptTable extends KnownTable {
  /** As it is wanted. */
  readonly table: string
  /** Of the columns whose values are kept. */
  readonly names: readonly string[]
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
      const { layout } = shapeOf(tracked.wanted, found, [], this.#open) ?? {}
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
    const found = tableNamed(wanted.name, this.#schema?.rows() ?? [])
    if (found && known && written !== 'all' && found.root === known.root && found.sql === known.sql) {
      return this.#changeTree(tracked, written, reading, pages)
    }
    const shape = found && shapeOf(wanted, found, notes, this.#open)
    // One that is dropped keeps its rows here, for when it is made again as a rebuilt table is.
    if (found === undefined || shape === undefined) {
      if (tracked.layout) notes.push(`${wanted.name} is not there any more`)
      tracked.layout = undefined
      tracked.known = known && { ...known, root: 0, sql: '' }
      return undefined
    }
    // An additional column that is not wanted leaves the known rows valid.
    if (written !== 'all' && found.root === known?.root && isSameShape(shape, tracked)) {
      tracked.known = found
      return this.#changeTree(tracked, written, reading, pages)
    }
    const before = { names: tracked.names, rows: [...(tracked.tree?.rows() ?? [])] }
    Object.assign(tracked, shape, { known: found })
    tracked.tree = TableTree.read(found.root, { header: reading.header, pages: reading.pages, layout: shape.layout })
    pages.set(wanted.name, { whole: true, pages: tracked.tree.pages })
    return { table: wanted.name, ...differences(before, { names: tracked.names, rows: [...tracked.tree.rows()] }) }
  }
}
