import { startOf, type WalPosition } from '../sqlite/wal/wal-frame.ts'
import { WAL_HEADER_BYTES, type WalHeader } from '../sqlite/wal/wal-header.ts'
import type { WalCommit, WalCommits, WalFile } from './wal-file.ts'

/** Bytes of the log that are read at once; a larger commit is taken whole. */
export const STEP_BYTES = 4 << 20
/** Bytes of pages that one step applies: some milliseconds, after which the log is read again. */
const APPLIED_BYTES = 256 << 10
/** Bytes of pages that are read ahead at most. */
const MOST_BYTES = 64 << 20

/**
 * Commits that were read and are not applied yet. Reading them is much faster than applying them, and a log that is written
 * fast is soon begun again, and overwrites itself.
 */
export class ReadAhead {
  readonly #commits: WalCommit[] = []
  #bytes = 0
  #to: WalPosition | undefined

  get commits(): readonly WalCommit[] {
    return this.#commits
  }

  forget(): void {
    this.#commits.length = 0
    this.#bytes = 0
    this.#to = undefined
  }

  /** Takes all commits that are there. @param at Where the first one is. @returns how far the log was read. */
  read(log: WalFile, at: WalPosition): WalPosition {
    let from = this.#to ?? at
    while (this.#bytes < MOST_BYTES) {
      const { commits, framesEnd } = log.commits(from, STEP_BYTES)
      for (const commit of commits) {
        this.#commits.push(commit)
        this.#bytes += bytesOf(commit)
      }
      const last = commits.at(-1)?.end
      const next = last ?? (this.#commits.length > 0 ? nextGeneration(log, from, framesEnd) : undefined)
      if (next === undefined) break
      from = next
    }
    this.#to = from
    return from
  }

  /** Some of them; at least one where there are any. */
  take(): WalCommits {
    let [count, bytes] = [0, 0]
    for (const commit of this.#commits) {
      if (bytes >= APPLIED_BYTES) break
      bytes += bytesOf(commit)
      count++
    }
    this.#bytes -= bytes
    return { commits: this.#commits.splice(0, count), framesEnd: 0, more: true }
  }
}

function bytesOf({ pages, end }: WalCommit): number {
  return pages.size * end.header.pageSize
}

/** Where a log goes on that was read to its end, if it is sure that it was. */
function nextGeneration(log: WalFile, at: WalPosition, framesEnd: number): WalPosition | undefined {
  const header = log.header()
  if (header === undefined || header.salt === at.header.salt || !isNextOf(at.header, header)) return undefined
  // It may have grown before it was begun again.
  const rest = log.commits(at, STEP_BYTES, true)
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
