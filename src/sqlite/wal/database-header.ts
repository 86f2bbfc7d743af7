/** Bytes of the header at the start of a database file (https://sqlite.org/fileformat2.html#the_database_header). */
export const DATABASE_HEADER_BYTES = 100

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
const ENCODINGS = ['utf8', 'utf8', 'utf16le', 'utf16be'] as const

export type TextEncoding = (typeof ENCODINGS)[number]

export interface DatabaseHeader {
  /** 512 to 65,536. */
  readonly pageSize: number
  /** Without the bytes that an extension reserves at the end of each page. */
  readonly usableSize: number
  readonly encoding: TextEncoding
  /** Whether it was last in WAL mode; a rollback journal else. */
  readonly usesWal: boolean
  /** Grows with each transaction that a rollback journal protects. */
  readonly changeCounter: number
}

/** The message says why, as the end of a sentence that begins with the file. */
export class UnreadableDatabaseError extends Error {
  override readonly name = 'UnreadableDatabaseError'
}

/** @throws {UnreadableDatabaseError} where this is not the start of a SQLite database that is readable without a key. */
export function parseDatabaseHeader(bytes: Buffer): DatabaseHeader {
  if (bytes.length < DATABASE_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new UnreadableDatabaseError('is encrypted, or is no SQLite database')
  }
  const size = bytes.readUInt16BE(16)
  const pageSize = size === 1 ? 65_536 : size
  const usableSize = pageSize - (bytes[20] ?? 0)
  const encoding = ENCODINGS[bytes.readUInt32BE(56)]
  const fractions = bytes.readUIntBE(21, 3) === 0x402020
  const isPower = pageSize >= 512 && (pageSize & (pageSize - 1)) === 0
  if (!isPower || usableSize < 480 || encoding === undefined || !fractions) {
    throw new UnreadableDatabaseError('is encrypted, or is damaged: its header is not valid')
  }
  return {
    pageSize,
    usableSize,
    encoding,
    usesWal: bytes[18] === 2,
    changeCounter: bytes.readUInt32BE(24),
  }
}
