import { ByteReader, type Integer } from './byte-reader.ts'
import { DATABASE_HEADER_BYTES } from './database-header.ts'

/** A row's bytes as far as they are on the page itself. */
export interface Cell {
  /** Undefined in a table WITHOUT ROWID. */
  readonly rowid: Integer | undefined
  readonly local: Buffer
  /** Bytes of the whole record. */
  readonly size: number
  /** The first page of the rest; 0 where there is none. */
  readonly overflow: number
}

export interface BtreePage {
  /** Pages below this one, in order; none below a leaf. */
  readonly children: readonly number[]
  /** The largest rowid below each child but the last, of a table with rowids. */
  readonly keys: readonly Integer[]
  readonly cells: readonly Cell[]
}

/** Those of https://sqlite.org/fileformat2.html#b_tree_pages; a table WITHOUT ROWID is kept as an index is. */
const TABLE_LEAF = 13
const TABLE_INTERIOR = 5
const INDEX_LEAF = 10
const INDEX_INTERIOR = 2

/** The page is not what the tree says it is: the database is damaged, or this is not what it was at that moment. */
export class DamagedPageError extends Error {
  override readonly name = 'DamagedPageError'
}

/** @throws {DamagedPageError} */
export function parseBtreePage(bytes: Buffer, page: number, usableSize: number): BtreePage {
  try {
    return parse(bytes, page === 1 ? DATABASE_HEADER_BYTES : 0, usableSize)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DamagedPageError(`page ${page} is no page of a table (${error.message})`)
  }
}

function parse(bytes: Buffer, head: number, usableSize: number): BtreePage {
  const type = bytes[head]
  const interior = type === TABLE_INTERIOR || type === INDEX_INTERIOR
  if (!interior && type !== TABLE_LEAF && type !== INDEX_LEAF) throw new RangeError(`type ${type}`)
  const withRowid = type === TABLE_LEAF || type === TABLE_INTERIOR
  const count = bytes.readUInt16BE(head + 3)
  const pointers = head + (interior ? 12 : 8)
  const children: number[] = []
  const keys: Integer[] = []
  const cells: Cell[] = []
  for (let n = 0; n < count; n++) {
    const reader = new ByteReader(bytes, bytes.readUInt16BE(pointers + 2 * n))
    if (interior) {
      children.push(bytes.readUInt32BE(reader.at))
      reader.at += 4
    }
    if (type === TABLE_INTERIOR) keys.push(reader.varint())
    else cells.push(cellAt(reader, withRowid, usableSize))
  }
  if (interior) children.push(bytes.readUInt32BE(head + 8))
  return { children, keys, cells }
}

function cellAt(reader: ByteReader, withRowid: boolean, usableSize: number): Cell {
  const size = reader.length()
  const rowid = withRowid ? reader.varint() : undefined
  const length = localBytes(size, withRowid, usableSize)
  const end = reader.at + length
  const overflow = length < size ? reader.bytes.readUInt32BE(end) : 0
  if (end > usableSize) throw new RangeError('a row beyond the end')
  return { rowid, local: reader.bytes.subarray(reader.at, end), size, overflow }
}

/** How much of a record is on the page (https://sqlite.org/fileformat2.html#cell_payload). */
function localBytes(size: number, withRowid: boolean, usable: number): number {
  const most = withRowid ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (size <= most) return size
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const length = least + ((size - least) % (usable - 4))
  return length <= most ? length : least
}
