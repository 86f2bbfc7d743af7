import { HttpError } from '../http/http-error.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, type Row } from '../store/stored-json.ts'
import { GOAL_STATES, GOAL_TIMES, type GoalsPage, type GoalTime } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { GOAL_COLUMNS, goalSummary } from './goal-summary.ts'
import { type Staleness, stateSql } from './stale-goals.ts'
import { STOP_REASON } from './stopped-goals.ts'
import { Where } from './where.ts'

const NAMES = ['state', 'stopped', 'service', 'thread', 'goal', 'time', 'since', 'until', 'search', 'limit', 'cursor']

/** Which instant of a goal `since` and `until` are about. */
const INSTANTS = {
  changed: 'last_at_ns',
  created: 'created_at_ns',
  stopped: 'stopped_at_ns',
} as const satisfies Record<GoalTime, string>

/** GET /api/goals */
export function goals({ database, query, staleness }: ApiRequest): HttpResponse {
  const asked = new Parameters(query, NAMES)
  const limit = asked.limit()
  const place = placeOf(asked.text('cursor'))
  const all = filters(asked, staleness)
  const total = database.prepare(`SELECT count(*) FROM goal ${all.sql}`).pluck().get(all.values)
  const from = place ? all.and('last_at_ns <= ?', place.lastAtNs) : all
  // The key, which the index has next, orders goals that changed in the same instant.
  const found = database
    .prepare(
      `SELECT ${GOAL_COLUMNS} FROM goal ${from.sql} ORDER BY last_at_ns DESC, thread_id DESC, goal_id DESC LIMIT ? OFFSET ?`,
    )
    .safeIntegers()
    .iterate(from.values, limit, place?.seen ?? 0) as Iterable<Row>
  const { rows, cut } = bounded(found)
  const next = rows.length < limit && !cut ? 'null' : `"${cursorBehind(rows, place)}"`
  return json(jsonObject<GoalsPage>({ goals: jsonList(rows.map((row) => goalSummary(row, staleness))), total, next }))
}

function filters(asked: Parameters, staleness: Staleness): Where {
  const states = asked.oneOf('state', GOAL_STATES)
  const reasons = asked.oneOf('stopped', GOAL_STATES)
  const time = asked.choice('time', GOAL_TIMES) ?? 'changed'
  // As the summary counts: an event from a clock that is ahead is not created, or stopped, before it is its time.
  const until = asked.time('until') ?? (time === 'changed' ? null : BigInt(Date.now()) * 1_000_000n)
  const search = asked.text('search')
  const like = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`
  return new Where()
    .and(states.length > 0 && `${stateSql(staleness)} IN (SELECT value FROM json_each(?))`, JSON.stringify(states))
    .and(
      reasons.length > 0 && `stopped_at_ns IS NOT NULL AND ${STOP_REASON} IN (SELECT value FROM json_each(?))`,
      JSON.stringify(reasons),
    )
    .equal('service_name', asked.text('service'))
    .equal('thread_id', asked.text('thread'))
    .equal('goal_id', asked.text('goal'))
    .between(INSTANTS[time], asked.time('since'), until)
    .and(
      search !== null &&
        ['thread_id', 'goal_id', 'service_name', 'objective'].map((one) => `${one} LIKE ? ESCAPE '\\'`).join(' OR '),
      like,
      like,
      like,
      like,
    )
}

/** How far a reader came: the instant of the last goal it saw, and how many of that instant it has seen. */
interface Place {
  readonly lastAtNs: bigint
  readonly seen: number
}

function placeOf(cursor: string | null): Place | undefined {
  if (cursor === null) return undefined
  const [, lastAtNs, seen] = /^(-?\d{1,19})\.(\d{1,9})$/.exec(cursor) ?? []
  if (lastAtNs === undefined || BigInt(lastAtNs) !== BigInt.asIntN(64, BigInt(lastAtNs))) {
    throw new HttpError(400, 'cursor is none that a page of goals gave: take it from next.')
  }
  return { lastAtNs: BigInt(lastAtNs), seen: Number(seen) }
}

function cursorBehind(rows: readonly Row[], place: Place | undefined): string {
  const last = rows.at(-1)?.last_at_ns
  const ofInstant = rows.filter((row) => row.last_at_ns === last).length
  return `${last}.${ofInstant + (last === place?.lastAtNs ? (place?.seen ?? 0) : 0)}`
}
