import { DamagedPageError } from '../sqlite/wal/btree-page.ts'
import type { Checksum } from '../sqlite/wal/checksum.ts'
import { DATABASE_HEADER_BYTES, type DatabaseHeader, parseDatabaseHeader } from '../sqlite/wal/database-header.ts'
import { pageSum } from '../sqlite/wal/table-tree.ts'
import type { Reading } from '../sqlite/wal/tracked-tables.ts'
import type { WalPosition } from '../sqlite/wal/wal-frame.ts'
import type { DatabaseFile } from './database-file.ts'
import type { WalFile } from './wal-file.ts'

/** What a page was at that moment cannot be known any more. */
export class UncertainPageError extends Error {
  override readonly name = 'UncertainPageError'
}

/** Of a file without a byte, which is a database without tables. */
export const EMPTY_DATABASE: DatabaseHeader = {
  pageSize: 512,
  usableSize: 512,
  encoding: 'utf8',
  usesWal: false,
  changeCounter: 0,
}
const TABLE_LEAF = 13

/** Pages that were read from the database's file, as they are recognized. */
export type FilePages = Map<number, Checksum>

interface ImageParts {
  readonly header: DatabaseHeader
  readonly file: DatabaseFile
  /** The log, and where in it the moment is. */
  readonly log?: WalFile
  readonly end?: WalPosition
  /** What the commit has written of which this is the image. */
  readonly written?: ReadonlyMap<number, Buffer>
  /** Takes the pages that were read from the database's file: a later commit may have been written back to them. */
  readonly fromFile: FilePages
}

/** The pages of a database at one moment. */
export class LogImage implements Reading {
  readonly #parts: ImageParts
  #inLog: ReadonlyMap<number, number> | undefined

  constructor(parts: ImageParts) {
    this.#parts = parts
  }

  /** The same, by the header that the log or the file has of the database. */
  static withHeader(parts: Omit<ImageParts, 'header'> & { readonly end: WalPosition }): LogImage {
    const { pageSize } = parts.end.header
    const first = new LogImage({ ...parts, header: { ...EMPTY_DATABASE, pageSize } }).pages(1)
    return new LogImage({ ...parts, header: parseDatabaseHeader(first) })
  }

  get header(): DatabaseHeader {
    return this.#parts.header
  }

  readonly pages = (page: number): Buffer => {
    const { written, log, end, file, header, fromFile } = this.#parts
    const fresh = written?.get(page)
    if (fresh) return fresh
    if (log && end) {
      this.#inLog ??= log.pagesBefore(end)
      if (this.#inLog === undefined) throw new UncertainPageError(`page ${page}`)
      const offset = this.#inLog.get(page)
      if (offset !== undefined) {
        const bytes = log.page(offset, end.header)
        // A log that is begun again overwrites itself from the start, each frame's head first.
        if (log.saltAt(offset) !== end.header.salt) throw new UncertainPageError(`page ${page}`)
        return bytes
      }
    }
    if (header === EMPTY_DATABASE) return emptyPage()
    const bytes = file.page(page, header.pageSize)
    if (bytes.length < header.pageSize) throw new DamagedPageError(`page ${page} is beyond the end`)
    fromFile.set(page, pageSum(page, bytes))
    return bytes
  }
}

function emptyPage(): Buffer {
  const page = Buffer.alloc(EMPTY_DATABASE.pageSize)
  page[DATABASE_HEADER_BYTES] = TABLE_LEAF
  return page
}
