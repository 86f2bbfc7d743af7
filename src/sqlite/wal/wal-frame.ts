import { type Checksum, checksum } from './checksum.ts'
import { WAL_HEADER_BYTES, type WalHeader } from './wal-header.ts'

export const FRAME_HEADER_BYTES = 24
const SUMMED_BYTES = 8

/** How far a log was read: the end of a commit, and what the next frame's checksum goes on from. */
export interface WalPosition {
  readonly header: WalHeader
  /** Bytes. */
  readonly offset: number
  readonly sums: Checksum
}

export interface WalFrame {
  readonly page: number
  /** Pages of the database after the commit that this frame ends; 0 for a frame that ends none. */
  readonly commit: number
  readonly sums: Checksum
}

export function startOf(header: WalHeader): WalPosition {
  return { header, offset: WAL_HEADER_BYTES, sums: header.sums }
}

export function frameBytes({ pageSize }: WalHeader): number {
  return FRAME_HEADER_BYTES + pageSize
}

export function saltOf(frame: Buffer): string {
  return frame.toString('hex', 8, 16)
}

/**
 * The next frame of a chain, whole: undefined where it is not of this generation, or does not go on from the one before,
 * as what was rolled back, torn or is left from an earlier generation.
 */
export function parseFrame(frame: Buffer, { bigEndian, salt }: WalHeader, before: Checksum): WalFrame | undefined {
  const page = frame.readUInt32BE(0)
  if (page === 0 || saltOf(frame) !== salt) return undefined
  const sums = checksum(
    frame.subarray(FRAME_HEADER_BYTES),
    bigEndian,
    checksum(frame.subarray(0, SUMMED_BYTES), bigEndian, before),
  )
  if (sums[0] !== frame.readUInt32BE(16) || sums[1] !== frame.readUInt32BE(20)) return undefined
  return { page, commit: frame.readUInt32BE(4), sums }
}
