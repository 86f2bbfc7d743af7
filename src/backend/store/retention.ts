import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database, Statement } from 'better-sqlite3'
import { counted } from '../../base/counted.ts'

/** How much is kept; without limits, everything. */
export interface Limits {
  /** Milliseconds since an event arrived, or since a span began. */
  readonly age?: number | undefined
  /** Bytes of the database file; approximate, since it is checked every second. */
  readonly size?: number | undefined
}

export interface Removed {
  readonly events: number
  /** Goals that have no events left. */
  readonly goals: number
  readonly spans: number
  readonly rejected: number
}

const NOTHING: Removed = { events: 0, goals: 0, spans: 0, rejected: 0 }
/** Rows of a table that one step removes; it takes some milliseconds, which block everything else. */
const STEP = 500
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
  readonly #step: (before: Before) => Removed
  readonly #oldest: Statement<[], { kind: keyof Before }>
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
    this.#step = remover(database)
    this.#oldest = database.prepare(OLDEST)
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
        while (!this.#closed && this.#remove({ events: before, rejected: before, spans: before })) await nextTurn()
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

  #remove(before: Before): boolean {
    const removed = this.#step(before)
    const { events, goals, spans, rejected } = this.#unreported
    this.#unreported = {
      events: events + removed.events,
      goals: goals + removed.goals,
      spans: spans + removed.spans,
      rejected: rejected + removed.rejected,
    }
    return removed.events + removed.spans + removed.rejected > 0
  }

  /** Whether the file is still too large after a step, and a further one would help. */
  #shrink(): boolean {
    const { size = Number.POSITIVE_INFINITY } = this.#limits
    const pages = this.#pragma('page_count')
    const free = this.#pragma('freelist_count')
    const page = this.#pragma('page_size')
    if (pages * page <= size) return false
    const oldest = (pages - free) * page > size * ROOM ? this.#oldest.get() : undefined
    const more = oldest !== undefined && this.#remove({ [oldest.kind]: LAST_MS })
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

/** One sentence: what was removed, and why. */
export function removedText(removed: Removed, { age, size }: Limits): string {
  const all: readonly [number, string][] = [
    [removed.events, 'event'],
    [removed.goals, 'goal'],
    [removed.spans, 'span'],
    [removed.rejected, 'rejected record'],
  ]
  const parts = all.filter(([count]) => count > 0).map(([count, what]) => counted(count, what))
  const old = age === undefined ? '' : `older than ${timeText(age)}`
  const large = size === undefined ? '' : `beyond ${sizeText(size)}`
  return `Removed ${parts.join(', ')}: ${[old, large].filter((limit) => limit !== '').join(', or ')}.`
}

/** As `--retention` takes it: 36h, 90d. */
function timeText(ms: number): string {
  return ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : `${ms / 3_600_000}h`
}

/** As `--max-size` takes it: 500MB, 2GB. */
function sizeText(bytes: number): string {
  return bytes % 1e9 === 0 ? `${bytes / 1e9}GB` : `${bytes / 1e6}MB`
}

/**
 * Milliseconds since 1970: older rows of a kind are removed. Events and rejected records count by arrival, spans by
 * start.
 */
interface Before {
  readonly events?: number
  readonly rejected?: number
  readonly spans?: number
}

/** The last that SQLite's integers hold as nanoseconds. */
const LAST_MS = Number((2n ** 63n - 1n) / 1_000_000n)

/** The kind whose oldest row is removed first, however many rows each has: many spans must not drive out newer goals. */
const OLDEST = `
  SELECT kind FROM (
    SELECT 'events' AS kind, (SELECT received_at_ms FROM event ORDER BY seq LIMIT 1) AS at
    UNION ALL SELECT 'rejected', (SELECT received_at_ms FROM rejected ORDER BY seq LIMIT 1)
    UNION ALL SELECT 'spans', (SELECT started_at_ns / 1000000 FROM span ORDER BY started_at_ns LIMIT 1))
  WHERE at IS NOT NULL ORDER BY at LIMIT 1`

function remover(database: Database) {
  const first = (table: string, at: string, order: string) => `
    DELETE FROM ${table} WHERE seq IN (
      SELECT seq FROM (SELECT seq, ${at} AS at FROM ${table} ORDER BY ${order} LIMIT ${STEP}) WHERE at < ?)`
  const events = database.prepare(`${first('event', 'received_at_ms', 'seq')} RETURNING thread_id, goal_id`)
  const rejected = database.prepare(first('rejected', 'received_at_ms', 'seq'))
  const spans = database.prepare(first('span', 'started_at_ns / 1000000', 'started_at_ns'))
  const count = database.prepare('UPDATE goal SET events = events - 1, cut = 1 WHERE thread_id = ? AND goal_id = ?')
  const goal = database.prepare('DELETE FROM goal WHERE thread_id = ? AND goal_id = ? AND events <= 0')
  // A row that either of the two may still need stays.
  const replacement = database.prepare(`
    DELETE FROM replacement WHERE thread_id = ? AND ? IN (goal_id, by_goal_id) AND NOT EXISTS (
      SELECT 1 FROM goal WHERE goal.thread_id = replacement.thread_id
        AND goal.goal_id IN (replacement.goal_id, by_goal_id))`)
  return database.transaction((before: Before): Removed => {
    const rows =
      before.events === undefined ? [] : (events.all(before.events) as { thread_id: string; goal_id: string }[])
    let goals = 0
    for (const { thread_id, goal_id } of rows) {
      count.run(thread_id, goal_id)
      if (goal.run(thread_id, goal_id).changes === 0) continue
      goals++
      replacement.run(thread_id, goal_id)
    }
    return {
      events: rows.length,
      goals,
      spans: before.spans === undefined ? 0 : spans.run(before.spans).changes,
      rejected: before.rejected === undefined ? 0 : rejected.run(before.rejected).changes,
    }
  }).immediate
}
