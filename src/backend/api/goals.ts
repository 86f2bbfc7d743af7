import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, type Row } from '../store/stored-json.ts'
import { GOAL_SORTS, GOAL_STATES, GOAL_TIMES, type GoalsPage, type GoalTime } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { goalOrder } from './goal-order.ts'
import { GOAL_COLUMNS, goalSummary } from './goal-summary.ts'
import { type Staleness, stateSql } from './stale-goals.ts'
import { STOP_REASON } from './stopped-goals.ts'
import { Where } from './where.ts'

const NAMES = [
  'state',
  'stopped',
  'service',
  'thread',
  'goal',
  'time',
  'since',
  'until',
  'search',
  'sort',
  'order',
  'limit',
  'cursor',
]

/** Which instant of a goal `since` and `until` are about. */
const INSTANTS = {
  changed: 'last_at_ns',
  created: 'created_at_ns',
  stopped: 'stopped_at_ns',
} as const satisfies Record<GoalTime, string>

/** GET /api/goals */
export function goals({ database, query, ...view }: ApiRequest): HttpResponse {
  const asked = new Parameters(query, NAMES)
  const limit = asked.limit()
  const order = goalOrder(
    asked.choice('sort', GOAL_SORTS) ?? 'changed',
    asked.choice('order', ['asc', 'desc']) === 'asc',
    asked.text('cursor'),
    view,
  )
  const all = filters(asked, view.staleness)
  const count = (where: Where) =>
    database.prepare(`SELECT count(*) FROM goal ${where.sql}`).pluck().get(where.values) as number
  const total = count(all)
  const from = order.from(all)
  const { index, sql } = isReadInOrder(order.seen + limit, total, count(new Where()))
    ? order.inOrder
    : { index: '', sql: order.sorted }
  const found = database
    .prepare(`SELECT ${GOAL_COLUMNS} FROM goal ${index} ${from.sql} ${sql} LIMIT ? OFFSET ?`)
    .safeIntegers()
    .iterate(from.values, limit, order.seen) as Iterable<Row>
  const { rows, cut } = bounded(found)
  const next = rows.length < limit && !cut ? 'null' : `"${order.behind(rows)}"`
  return json(jsonObject<GoalsPage>({ goals: jsonList(rows.map((row) => goalSummary(row, view))), total, next }))
}

/**
 * Whether it is less work to read goals in their order until enough of them have matched, the matching ones being anywhere, than to look up all that match
 * and sort them.
 */
function isReadInOrder(wanted: number, matching: number, all: number): boolean {
  return wanted * all <= matching * matching
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
