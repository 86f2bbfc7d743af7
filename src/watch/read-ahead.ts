import type { WalPosition } from '../sqlite/wal/wal-frame.ts'
import type { LogCopier } from './log-copier.ts'
import { commitsAfter } from './log-piece.ts'
import { nextGeneration } from './next-generation.ts'
import type { WalCommit, WalCommits, WalFile } from './wal-file.ts'

/** Bytes of the log that are read at once; a larger commit is taken whole. */
export const STEP_BYTES = 4 << 20
/** Bytes of pages that one step applies: some milliseconds, after which the log is read again. */
const APPLIED_BYTES = 256 << 10
/** Bytes of pages that are read ahead at most, beside those that the copier holds. */
const MOST_BYTES = 8 << 20

/** Commits found at one look, after which the copier is worth its thread: 15 MB, and 0.3 % of a core at rest. */
const FAST_COMMITS = 16

/**
 * Commits that were read and are not applied yet. Reading them is much faster than applying them, and a log that is written
 * fast is soon begun again, and overwrites itself.
 */
export class ReadAhead {
  readonly #commits: WalCommit[] = []
  #bytes = 0
  #to: WalPosition | undefined
  readonly #copier: LogCopier | undefined
  #isFast = false

  constructor(copier: LogCopier | undefined) {
    this.#copier = copier
  }

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
    let from = this.#takeCopied(this.#to ?? at)
    const known = this.#commits.length
    while (this.#bytes < MOST_BYTES) {
      const { commits, framesEnd } = log.commits(from, STEP_BYTES)
      this.#add(commits)
      const last = commits.at(-1)?.end
      const next = last ?? (this.#commits.length > 0 ? nextGeneration(log, from, framesEnd) : undefined)
      if (next === undefined) break
      from = next
    }
    this.#to = from
    this.#isFast ||= this.#commits.length - known >= FAST_COMMITS
    if (this.#isFast) this.#copier?.follow(log, from)
    return from
  }

  /** Forgets it all, since the log was replaced or is gone. */
  stop(): void {
    this.forget()
    this.#copier?.stop()
  }

  #takeCopied(at: WalPosition): WalPosition {
    let from = at
    while (this.#bytes < MOST_BYTES) {
      const piece = this.#copier?.take()
      if (piece === undefined) break
      const commits = commitsAfter(from, piece)
      // The copier is somewhere else in the log: it starts anew from here.
      if (commits === undefined) this.#copier?.stop()
      this.#add(commits ?? [])
      from = commits?.at(-1)?.end ?? from
    }
    return from
  }

  #add(commits: readonly WalCommit[]): void {
    for (const commit of commits) {
      this.#commits.push(commit)
      this.#bytes += bytesOf(commit)
    }
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
