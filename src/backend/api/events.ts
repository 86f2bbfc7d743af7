import type { Database } from 'better-sqlite3'
import { CODEX_EVENT_KINDS } from '../../codex/codex-event-kind.ts'
import { GOAL_STATUSES } from '../../goal/goal.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, query, type Row } from '../store/stored-json.ts'
import type { EventsPage } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { EVENT_COLUMNS, storedEvent } from './stored-event.ts'
import { Where } from './where.ts'

const NAMES = ['thread', 'goal', 'kind', 'status', 'service', 'since', 'until', 'limit', 'after', 'newest']

/** The most events that one request may look at. */
const LOOKED_AT = 100_000

/** One at a time: both in one SELECT would read the whole table (https://sqlite.org/optoverview.html#minmax). */
const ENDS = 'SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS last'

/** GET /api/events */
export function events({ database, query: search }: ApiRequest): HttpResponse {
  const asked = new Parameters(search, NAMES)
  const limit = asked.limit()
  const newest = asked.flag('newest')
  const after = asked.cursor('after') ?? 0
  const ofGoals = goalsFilter(asked)
  const ends = query(database, ENDS).get()
  const [first, last] = [Number(ends?.first ?? 0), Number(ends?.last ?? 0)]
  // Events of given goals have an index; others are searched for in one part of the table at a time.
  const from = Math.max(after, first - 1, newest && !ofGoals ? last - LOOKED_AT : 0)
  const to = ofGoals ? last : Math.min(last, from + LOOKED_AT)
  const where = new Where()
    .and('seq > ? AND seq <= ?', from, to)
    .and(ofGoals?.sql ?? false, ...(ofGoals?.values ?? []))
    .and(...oneOf('event_kind', asked.oneOf('kind', CODEX_EVENT_KINDS)))
    .and(...oneOf('goal_status', asked.oneOf('status', GOAL_STATUSES)))
    .equal('service_name', asked.text('service'))
    .between('occurred_at_ns', asked.time('since'), asked.time('until'))
  const { rows, cut } = read(database, where, newest, limit)
  const next = (rows.length === limit || cut) && !newest ? rows.at(-1)?.seq : Math.max(after, to)
  return json(jsonObject<EventsPage>({ events: jsonList(rows.map(storedEvent)), next: `"${next}"` }))
}

/** Which goals' events, by the table `goal`, so that the index of events by goal serves each of them. */
function goalsFilter(asked: Parameters): { readonly sql: string; readonly values: readonly unknown[] } | undefined {
  const [thread, goal] = [asked.text('thread'), asked.text('goal')]
  if (thread === null && goal === null) return undefined
  const { sql, values } = new Where().equal('thread_id', thread).equal('goal_id', goal)
  return { sql: `(thread_id, goal_id) IN (SELECT thread_id, goal_id FROM goal ${sql})`, values }
}

function oneOf(column: string, values: readonly string[]): [string | false, ...unknown[]] {
  return [values.length > 0 && `${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values)]
}

function read(database: Database, where: Where, newest: boolean, limit: number): { rows: Row[]; cut: boolean } {
  const sql = `SELECT ${EVENT_COLUMNS} FROM event ${where.sql} ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`
  const { rows, cut } = bounded(database.prepare(sql).safeIntegers().iterate(where.values, limit) as Iterable<Row>)
  return { rows: newest ? rows.reverse() : rows, cut }
}
