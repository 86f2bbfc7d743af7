import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { OldestRows } from './oldest-rows.ts'
import { NOTHING, type Removed, sum } from './removed-rows.ts'
import type { Limits } from './retention-limits.ts'

/** Pages that a step gives back to the file system. */
const PAGES = 256
/** An oversized file is cut to this part of its limit, so that the next event does not exceed it again. */
const ROOM = 0.95
/** Milliseconds between checks, and between reports. */
const PACE = 1000
const REPORT_PACE = 60_000

/**
 * Removes what is too old or too much, the oldest first. A goal is removed with the last of its events; while some
 * are left it stays as it is.
 */
export class Retention {
  readonly #database: Database
  readonly #limits: Limits
  readonly #report: (removed: Removed) => void
  readonly #fail: (error: unknown) => void
  readonly #oldest: OldestRows
  readonly #timer: NodeJS.Timeout | undefined
  #sweeping = false
  #closed = false
  #failing = false
  #unreported = NOTHING
  #reportedAt = Number.NEGATIVE_INFINITY

  /**
   * @param report Called with what was removed since the last call: at most once a minute, and on closing.
   * @param fail Called when nothing can be removed: once, until something can be again.
   */
  constructor(
    database: Database,
    limits: Limits,
    report: (removed: Removed) => void,
    fail: (error: unknown) => void = () => {},
  ) {
    this.#database = database
    this.#limits = limits
    this.#report = report
    this.#fail = fail
    this.#oldest = new OldestRows(database)
    if (limits.age !== undefined || limits.size !== undefined) {
      this.#timer = setInterval(() => this.#look(), PACE).unref()
    }
  }

  /**
   * Removes everything that is due, in steps between which requests are served.
   * @throws {Error} if SQLite cannot remove it now; the next check tries again.
   */
  async sweep(nowMs = Date.now()): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    try {
      const { age } = this.#limits
      if (age !== undefined) {
        const before = nowMs - age
        while (!this.#closed && this.#note(this.#oldest.removeBefore(before))) await nextTurn()
      }
      while (!this.#closed && this.#shrink()) await nextTurn()
    } finally {
      this.#sweeping = false
      if (performance.now() - this.#reportedAt >= REPORT_PACE) this.#reportRemoved()
    }
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#reportRemoved()
  }

  async #look(): Promise<void> {
    try {
      await this.sweep()
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#fail(error)
      this.#failing = true
    }
  }

  /** @returns whether anything was removed. */
  #note(removed: Removed): boolean {
    this.#unreported = sum(this.#unreported, removed)
    return removed.events + removed.spans + removed.rejected > 0
  }

  /** Whether the file is still too large after a step, and a further one would help. */
  #shrink(): boolean {
    const { size = Number.POSITIVE_INFINITY } = this.#limits
    const pages = this.#pragma('page_count')
    const free = this.#pragma('freelist_count')
    const page = this.#pragma('page_size')
    if (pages * page <= size) return false
    const more = (pages - free) * page > size * ROOM && this.#note(this.#oldest.remove())
    // A file of an earlier version does not shrink (auto_vacuum was not on); new events fill the free pages.
    const gives = free > 0 && this.#pragma('auto_vacuum') > 0
    if (gives) this.#database.exec(`PRAGMA incremental_vacuum(${PAGES})`)
    return more || gives
  }

  #pragma(name: string): number {
    return this.#database.pragma(name, { simple: true }) as number
  }

  #reportRemoved(): void {
    if (Object.values(this.#unreported).every((count) => count === 0)) return
    this.#reportedAt = performance.now()
    this.#report(this.#unreported)
    this.#unreported = NOTHING
  }
}
