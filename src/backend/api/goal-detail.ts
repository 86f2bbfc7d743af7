import { goalTraceIds } from '../../event/goal-trace-ids.ts'
import { HttpError } from '../http/http-error.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { bounded, jsonList, jsonObject, query, type Row } from '../store/stored-json.ts'
import type { GoalDetail } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { GOAL_COLUMNS, goalSummary } from './goal-summary.ts'
import { EVENT_COLUMNS, storedEvent } from './stored-event.ts'
import { SPAN_COLUMNS, storedSpan } from './stored-span.ts'

const MOST_EVENTS = 10_000
const MOST_SPANS = 5000

const GOAL = `SELECT ${GOAL_COLUMNS} FROM goal WHERE thread_id = ? AND goal_id = ?`
const EVENTS = `
  SELECT ${EVENT_COLUMNS} FROM event WHERE thread_id = ? AND goal_id = ?
  ORDER BY occurred_at_ns DESC, uid DESC LIMIT ${MOST_EVENTS + 1}`
/** The first of them, by which its trace is named, where there are more. */
const FIRST = 'SELECT uid FROM event WHERE thread_id = ? AND goal_id = ? ORDER BY occurred_at_ns, uid LIMIT 100'
const SPANS = `
  SELECT ${SPAN_COLUMNS} FROM span WHERE trace_id IN (SELECT value FROM json_each(?))
  ORDER BY started_at_ns, seq LIMIT ${MOST_SPANS}`

interface GoalRequest extends ApiRequest {
  /** `thread` and `goal`, of the address. */
  readonly params: Readonly<Record<string, string>>
}

/** GET /api/goals/{thread}/{goal} */
export function goalDetail({ database, params, query: asked, ...view }: GoalRequest): HttpResponse {
  new Parameters(asked, [])
  const key = [params.thread, params.goal]
  const goal = query(database, GOAL).get(key)
  if (!goal) throw new HttpError(404, 'There is no such goal: GET /api/goals lists them.')
  const { rows: newestFirst, cut, length } = bounded(query(database, EVENTS).iterate(key))
  const complete = newestFirst.length <= MOST_EVENTS && !cut
  const events = newestFirst.slice(0, MOST_EVENTS).reverse()
  const first = complete ? [] : (query(database, FIRST).all(key) as Row[])
  const own = ownTraces(key, [...first, ...events])
  const traces = JSON.stringify([...new Set([...own, ...tracesOf(events)])])
  const { rows: spans } = bounded(query(database, SPANS).iterate(traces), length)
  const kept = new Set(spans.map(({ trace_id }) => trace_id))
  return json(
    jsonObject<GoalDetail>({
      goal: goalSummary(goal, view),
      events: jsonList(events.map(storedEvent)),
      complete,
      spans: jsonList(spans.map(storedSpan)),
      trace_id: JSON.stringify(own.findLast((id) => kept.has(id)) ?? null),
    }),
  )
}

/** The traces that the goal may have of its own, the last one last: any event may be the first that was seen of it. */
function ownTraces([threadId, goalId]: readonly (string | undefined)[], events: readonly Row[]): string[] {
  const uids = [...new Set(events.map(({ uid }) => String(uid)))]
  return uids.map((uid) => goalTraceIds(threadId ?? '', goalId ?? '', uid).traceId)
}

function tracesOf(events: readonly Row[]): unknown[] {
  return [...new Set(events.map((event) => event.trace_id).filter((id) => id !== null))]
}
