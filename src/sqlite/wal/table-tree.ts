import { type Cell, DamagedPageError, parseBtreePage } from './btree-page.ts'
import { type Checksum, checksum } from './checksum.ts'
import { DATABASE_HEADER_BYTES, type DatabaseHeader } from './database-header.ts'
import type { TableLayout } from './table-layout.ts'
import { type PageSource, rowsOf, type TableRow } from './table-row.ts'

/** A page of a table's b-tree, as far as it is needed to tell what a later version of it has changed. */
export interface TreePage {
  readonly children: readonly number[]
  readonly rows: readonly TableRow[]
  /** Overflow pages of its rows that were read. */
  readonly overflow: readonly number[]
  /** Of the page's bytes, and of those overflow pages', in that order. */
  readonly sums: readonly Checksum[]
}

export interface TreeChange {
  readonly removed: readonly TableRow[]
  readonly added: readonly TableRow[]
  /** Pages that are new or have another version now; undefined for those that are gone. */
  readonly pages: ReadonlyMap<number, TreePage | undefined>
}

export interface TreeReading {
  readonly header: DatabaseHeader
  readonly layout: TableLayout
  readonly pages: PageSource
}

interface KeptPage {
  readonly bytes: Buffer
  readonly cells: readonly Cell[]
}

const NO_CHANGE: TreeChange = { removed: [], added: [], pages: new Map() }
/** Deeper than SQLite's own trees get. */
const MOST_DEPTH = 40

/** The pages of one table, kept from commit to commit, so that of a commit only pages that it has written are read. */
export class TableTree {
  readonly root: number
  #pages: Map<number, TreePage>
  /** By an overflow page, the page of the row that it belongs to. */
  #owners = new Map<number, number>()
  /** The bytes of its pages: a later commit may need one again that is long overwritten in the log. */
  readonly #kept = new Map<number, KeptPage>()

  constructor(root: number, pages: Iterable<readonly [number, TreePage]> = []) {
    this.root = root
    this.#pages = new Map(pages)
    for (const [page, { overflow }] of this.#pages) for (const one of overflow) this.#owners.set(one, page)
  }

  get pages(): ReadonlyMap<number, TreePage> {
    return this.#pages
  }

  *rows(): Generator<TableRow> {
    for (const { rows } of this.#pages.values()) yield* rows
  }

  /** Whether a page belongs to the table. */
  has(page: number): boolean {
    return this.#pages.has(page) || this.#owners.has(page)
  }

  /** The whole tree, as `pages` has it. @throws {DamagedPageError} */
  static read(root: number, reading: TreeReading): TableTree {
    const tree = new TableTree(root)
    tree.change(new Set(), reading)
    return tree
  }

  /**
   * Goes on to the version that a commit has made.
   * @param written The pages that the commit has written.
   * @throws {DamagedPageError}, and then the tree is as it was.
   */
  change(written: ReadonlySet<number>, of: TreeReading): TreeChange {
    const dirty = this.#dirty(written)
    if (dirty.size === 0 && this.#pages.has(this.root)) return NO_CHANGE
    const known = (page: number) => (written.has(page) ? undefined : this.#kept.get(page)?.bytes)
    const fresh = new Map<number, KeptPage>()
    const reading = { ...of, pages: (page: number) => known(page) ?? of.pages(page) }
    const readAt = (page: number) => this.#read(page, reading, fresh)
    const read = new Map<number, TreePage>()
    // A page that has left the tree may be anything now, so its parent, which says so, is read first.
    let whole = !this.#pages.has(this.root) || [...dirty].some((page) => this.#pages.get(page)?.children.length !== 0)
    if (!whole) {
      for (const page of dirty) read.set(page, readAt(page))
      // A root that was a leaf has children now.
      whole = [...read.values()].some(({ children }) => children.length > 0)
    }
    const pages = whole ? this.#walk(dirty, read, readAt) : undefined
    const change = this.#replace(read, pages)
    for (const [page, bytes] of fresh) this.#kept.set(page, bytes)
    return change
  }

  #read(page: number, { header, layout, pages }: TreeReading, fresh: Map<number, KeptPage>): TreePage {
    // A copy, since a page of the log is a part of a much larger piece of it.
    const bytes = Buffer.from(pages(page))
    const parsed = parseBtreePage(bytes, page, header.usableSize)
    const [before, rowsBefore] = [this.#kept.get(page)?.cells, this.#pages.get(page)?.rows]
    const overflow: number[] = []
    const rows = rowsOf(parsed, {
      ...{ header, layout, pages, onOverflow: (one: number) => overflow.push(one) },
      before: before && rowsBefore && { cells: before, rows: rowsBefore },
    })
    fresh.set(page, { bytes, cells: parsed.cells })
    for (const one of overflow) fresh.set(one, { bytes: Buffer.from(pages(one)), cells: [] })
    const sums = [page, ...overflow].map((one) => pageSum(one, fresh.get(one)?.bytes ?? bytes))
    return { children: parsed.children, rows, overflow, sums }
  }

  #dirty(written: ReadonlySet<number>): Set<number> {
    const dirty = new Set<number>()
    for (const page of written) {
      if (this.#pages.has(page)) dirty.add(page)
      const owner = this.#owners.get(page)
      if (owner !== undefined) dirty.add(owner)
    }
    return dirty
  }

  /** From the root down. @returns all pages that belong to the tree now. */
  #walk(
    dirty: ReadonlySet<number>,
    read: Map<number, TreePage>,
    readAt: (page: number) => TreePage,
  ): Map<number, TreePage> {
    const pages = new Map<number, TreePage>()
    const visit = (page: number, depth: number) => {
      if (depth > MOST_DEPTH || pages.has(page)) throw new DamagedPageError(`page ${page} is below itself`)
      const known = dirty.has(page) ? undefined : this.#pages.get(page)
      const now = known ?? readAt(page)
      if (known === undefined) read.set(page, now)
      pages.set(page, now)
      for (const child of now.children) visit(child, depth + 1)
    }
    read.clear()
    visit(this.root, 0)
    return pages
  }

  #replace(read: ReadonlyMap<number, TreePage>, all: Map<number, TreePage> | undefined): TreeChange {
    const removed = new Map<string, TableRow>()
    const added: TableRow[] = []
    const pages = new Map<number, TreePage | undefined>(read)
    const forget = (page: number) => {
      const old = this.#pages.get(page)
      for (const row of old?.rows ?? []) removed.set(row.key, row)
      this.#kept.delete(page)
      for (const overflow of old?.overflow ?? []) {
        if (this.#owners.get(overflow) !== page) continue
        this.#owners.delete(overflow)
        this.#kept.delete(overflow)
      }
    }
    for (const page of read.keys()) forget(page)
    if (all) {
      for (const page of this.#pages.keys()) {
        if (all.has(page)) continue
        forget(page)
        pages.set(page, undefined)
      }
    }
    for (const [page, now] of read) {
      for (const overflow of now.overflow) this.#owners.set(overflow, page)
      for (const row of now.rows) {
        if (sameValues(removed.get(row.key), row)) removed.delete(row.key)
        else added.push(row)
      }
      if (all === undefined) this.#pages.set(page, now)
    }
    if (all) this.#pages = all
    return { removed: [...removed.values()], added, pages }
  }
}

/**
 * By what a page is recognized. Of the first page without the database's header, which SQLite changes for itself; the sum
 * takes eight bytes at a time.
 */
export function pageSum(page: number, bytes: Buffer): Checksum {
  return checksum(page === 1 ? bytes.subarray(DATABASE_HEADER_BYTES + 4) : bytes, false)
}

/** Whether two versions of a row say the same of what was asked for. */
export function sameValues(one: TableRow | undefined, { values }: TableRow): boolean {
  return one !== undefined && (one.values === values || one.values.every((value, at) => same(value, values[at])))
}

function same(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0
  return Object.is(one, other)
}
