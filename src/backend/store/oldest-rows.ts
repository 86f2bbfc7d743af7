import type { Database, Statement } from 'better-sqlite3'
import { NOTHING, type Removed } from './removed-rows.ts'

/** Rows of a table that one step removes; it takes some milliseconds, which block everything else. */
const STEP = 500

/** The last that SQLite's integers hold as nanoseconds. */
const LAST_MS = Number((2n ** 63n - 1n) / 1_000_000n)

/** The kind whose oldest row is removed first, however many rows each has: many spans must not drive out newer goals. */
const OLDEST = `
  SELECT kind FROM (
    SELECT 'events' AS kind, (SELECT received_at_ms FROM event ORDER BY seq LIMIT 1) AS at
    UNION ALL SELECT 'rejected', (SELECT received_at_ms FROM rejected ORDER BY seq LIMIT 1)
    UNION ALL SELECT 'spans', (SELECT started_at_ns / 1000000 FROM span ORDER BY started_at_ns LIMIT 1))
  WHERE at IS NOT NULL ORDER BY at LIMIT 1`

/**
 * Milliseconds since 1970: older rows of a kind are removed. Events and rejected records count by arrival, spans by
 * start.
 */
interface Before {
  readonly events?: number
  readonly rejected?: number
  readonly spans?: number
}

/** Removes the oldest rows of a backend's file, some hundred in a step, and each goal with the last of its events. */
export class OldestRows {
  readonly #remove: (before: Before) => Removed
  readonly #oldest: Statement<[], { kind: keyof Before }>

  constructor(database: Database) {
    this.#remove = remover(database)
    this.#oldest = database.prepare(OLDEST)
  }

  /** @param before Milliseconds since 1970. */
  removeBefore(before: number): Removed {
    return this.#remove({ events: before, rejected: before, spans: before })
  }

  /** Of the kind that has the oldest row of all. */
  remove(): Removed {
    const oldest = this.#oldest.get()
    return oldest === undefined ? NOTHING : this.#remove({ [oldest.kind]: LAST_MS })
  }
}

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
