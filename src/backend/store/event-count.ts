import type { Database } from 'better-sqlite3'
import { query } from './stored-json.ts'

interface Count {
  readonly first: number
  readonly last: number
  readonly events: number
}

const known = new WeakMap<Database, Count>()

const ENDS = 'SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS last'
const BEHIND = 'SELECT count(*) AS events FROM event WHERE seq > ?'

/** Goals record how many of their events are kept, and are about a hundredth of the rows. */
const ALL = 'SELECT sum(events) AS events FROM goal'

/**
 * How many events there are. SQLite counts by reading an index whole, seconds for five million that are not cached yet;
 * so the goals' counts are summed, and later only new events are counted, as long as the oldest was not removed.
 */
export function eventCount(database: Database): number {
  const ends = query(database, ENDS).get()
  const [first, last] = [Number(ends?.first ?? 0), Number(ends?.last ?? 0)]
  const before = known.get(database)
  const events =
    before?.first === first
      ? before.events + Number(query(database, BEHIND).get(before.last)?.events)
      : Number(query(database, ALL).get()?.events ?? 0)
  known.set(database, { first, last, events })
  return events
}
