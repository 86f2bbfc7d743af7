import { type Checksum, checksum } from './checksum.ts'

/** Bytes before the first frame (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
export const WAL_HEADER_BYTES = 32
const MAGIC = 0x377f0682
const VERSION = 3_007_000
const SUMMED_BYTES = 24

/** What a log begins with, each time that it is begun again. */
export interface WalHeader {
  readonly bigEndian: boolean
  readonly pageSize: number
  /** One more each time the log is begun again in the same file. */
  readonly sequence: number
  /** In hex; each frame of this generation repeats it. */
  readonly salt: string
  readonly sums: Checksum
}

/** Undefined where the log is empty, or its header is only half written. */
export function parseWalHeader(bytes: Buffer): WalHeader | undefined {
  if (bytes.length < WAL_HEADER_BYTES) return undefined
  const magic = bytes.readUInt32BE(0)
  if ((magic & ~1) >>> 0 !== MAGIC || bytes.readUInt32BE(4) !== VERSION) return undefined
  const bigEndian = (magic & 1) === 1
  const sums = checksum(bytes.subarray(0, SUMMED_BYTES), bigEndian)
  if (sums[0] !== bytes.readUInt32BE(24) || sums[1] !== bytes.readUInt32BE(28)) return undefined
  return {
    bigEndian,
    pageSize: bytes.readUInt32BE(8),
    sequence: bytes.readUInt32BE(12),
    salt: bytes.toString('hex', 16, 24),
    sums,
  }
}
