import { type BtreePage, type Cell, DamagedPageError } from './btree-page.ts'
import type { DatabaseHeader } from './database-header.ts'
import { type Slot, slotsOf, type Value, valueAt } from './record.ts'
import type { TableLayout } from './table-layout.ts'

/** What of a row is asked for. */
export interface TableRow {
  /** The rowid, or the primary key of a table WITHOUT ROWID, as text. */
  readonly key: string
  /** One for each column that was asked for. */
  readonly values: readonly Value[]
}

export type PageSource = (page: number) => Buffer

export interface RowReading {
  readonly header: DatabaseHeader
  readonly layout: TableLayout
  readonly pages: PageSource
  /** Told of each overflow page that a row takes. */
  readonly onOverflow: (page: number) => void
  /** The page as it was, whose rows most of these are. */
  readonly before?: { readonly cells: readonly Cell[]; readonly rows: readonly TableRow[] } | undefined
}

/** @throws {DamagedPageError} where an overflow page or a record is not what it should be. */
export function rowsOf({ cells }: BtreePage, reading: RowReading): TableRow[] {
  const { before } = reading
  if (before === undefined) return cells.map((cell) => rowOf(cell, reading))
  let next = 0
  return cells.map((cell) => {
    // A commit mostly changes one row, adds one or takes one out.
    for (const at of [next, next + 1, next - 1]) {
      const row = before.rows[at]
      if (row === undefined || !isSameCell(cell, before.cells[at])) continue
      next = at + 1
      return row
    }
    next++
    return rowOf(cell, reading)
  })
}

/** An overflow page may have changed alone. */
function isSameCell(one: Cell, other: Cell | undefined): boolean {
  return one.overflow === 0 && other !== undefined && one.rowid === other.rowid && one.local.equals(other.local)
}

function rowOf(cell: Cell, reading: RowReading): TableRow {
  const { layout, header } = reading
  const record = new Payload(cell, reading)
  let slots = slotsOf(record.bytes, layout.depth)
  while (slots === undefined) {
    record.grow()
    slots = slotsOf(record.bytes, layout.depth)
  }
  const valueIn = (at: number | 'rowid', missing: Value): Value => {
    if (at === 'rowid') return cell.rowid ?? null
    const slot: Slot = slots[at]
    if (slot === undefined) return missing
    while (slot.end > record.bytes.length) record.grow()
    return valueAt(record.bytes, slot, header.encoding)
  }
  const values = layout.columns.map(({ at, missing, lengthOnly }) => {
    const value = valueIn(at, missing)
    return lengthOnly ? lengthOf(value) : value
  })
  const key = layout.key ? keyText(layout.key.map((at) => valueIn(at, null))) : String(cell.rowid)
  return { key, values }
}

/** As SQLite's length() has it: characters of a text, up to the first NUL; bytes of a BLOB. */
function lengthOf(value: Value): number | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return value.length
  const [text = ''] = String(value).split('\0', 1)
  let length = 0
  for (const _ of text) length++
  return length
}

function keyText(values: readonly Value[]): string {
  return JSON.stringify(
    values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
    bigText,
  )
}

function bigText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** A record, of which overflow pages are read only as far as they are needed. */
class Payload {
  bytes: Buffer
  readonly #size: number
  readonly #reading: RowReading
  #next: number

  constructor({ local, size, overflow }: Cell, reading: RowReading) {
    this.bytes = local
    this.#size = size
    this.#next = overflow
    this.#reading = reading
  }

  grow(): void {
    const { pages, onOverflow, header } = this.#reading
    const missing = this.#size - this.bytes.length
    if (this.#next === 0 || missing <= 0) throw new DamagedPageError('a record ends before its values do')
    onOverflow(this.#next)
    const page = pages(this.#next)
    this.#next = page.readUInt32BE(0)
    this.bytes = Buffer.concat([this.bytes, page.subarray(4, 4 + Math.min(missing, header.usableSize - 4))])
  }
}
