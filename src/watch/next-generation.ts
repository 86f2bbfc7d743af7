import { startOf, type WalPosition } from '../sqlite/wal/wal-frame.ts'
import { WAL_HEADER_BYTES, type WalHeader } from '../sqlite/wal/wal-header.ts'
import type { WalFile } from './wal-file.ts'

/** Where a log goes on that was read to its end, if it is sure that it was. @param framesEnd Where its valid frames ended then. */
export function nextGeneration(log: WalFile, at: WalPosition, framesEnd: number): WalPosition | undefined {
  const header = log.header()
  if (header === undefined || header.salt === at.header.salt || !isNextOf(at.header, header)) return undefined
  // It may have grown before it was begun again.
  const rest = log.commits(at, 1, true)
  if (rest.commits.length > 0 || rest.framesEnd !== framesEnd) return undefined
  return isIntactAt(log, at) ? startOf(header) : undefined
}

/**
 * Whether a log that has begun again still has the frame before a position: then none behind it was overwritten, nor cut off by a
 * checkpoint that truncates, before it was read.
 */
export function isIntactAt(log: WalFile, at: WalPosition): boolean {
  return at.offset > WAL_HEADER_BYTES ? log.holds(at) : log.saltAt(at.offset) === at.header.salt
}

/** As SQLite begins a log again in the same file (walRestartHdr in https://sqlite.org/src/file?name=src/wal.c). */
export function isNextOf(one: WalHeader, next: WalHeader): boolean {
  const count = ({ salt }: WalHeader) => Number.parseInt(salt.slice(0, 8), 16)
  return next.sequence === (one.sequence + 1) >>> 0 && count(next) === (count(one) + 1) >>> 0
}
