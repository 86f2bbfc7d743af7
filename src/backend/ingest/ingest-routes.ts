import { Malformed } from '../../otlp/malformed.ts'
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../otlp/otlp-messages.ts'
import { decode, type Message } from '../../otlp/protobuf.ts'
import { Refusal } from '../http/refusal.ts'
import { JSON_TYPE, jsonOf, mediaType, PROTOBUF_TYPE, withBody } from '../http/request-body.ts'
import { type Answer, json, type Methods, type Visit } from '../http/route.ts'
import { codexEvents } from './codex-events.ts'
import type { Intake } from './intake.ts'
import { exportResponse, type Refused } from './otlp-answer.ts'
import { otlpLogs } from './otlp-logs.ts'
import { otlpMetrics } from './otlp-metrics.ts'
import { otlpTraces } from './otlp-traces.ts'

/** Where agents and Collectors send to. */
export const INGEST_ROUTES: Readonly<Record<string, Methods>> = {
  '/v1/logs': { POST: (visit) => otlp(visit, LOGS_REQUEST, 'rejectedLogRecords', logs) },
  '/v1/traces': { POST: (visit) => otlp(visit, TRACES_REQUEST, 'rejectedSpans', traces) },
  '/v1/metrics': { POST: (visit) => otlp(visit, METRICS_REQUEST, 'rejectedDataPoints', metrics) },
  '/codex/analytics-events/events': { POST: codex },
}

type Take = (body: unknown, visit: Visit) => Refused | Promise<Refused>

/** Not async: such a function holds its parameters until it is done, and a parsed body is several times what is stored of it. */
function logs(body: unknown, visit: Visit): Promise<Refused> {
  return keep(visit, otlpLogs(body, Date.now())).then(({ rejected }) => ({
    count: rejected.length,
    why: `Goal records kept aside, see GET /api/rejected; the first for: ${rejected[0]?.reason}`,
  }))
}

async function traces(body: unknown, { store, metrics }: Visit): Promise<Refused> {
  const { spans, refused } = otlpTraces(body)
  await store.append({ spans, receivedAtMs: Date.now() })
  metrics.tookSpans(spans.length)
  return { count: refused.length, why: `Spans not kept; the first for: ${refused[0]}` }
}

function metrics(body: unknown, visit: Visit): Refused {
  visit.metrics.tookPoints(otlpMetrics(body))
  return { count: 0, why: '' }
}

/** One way for all signals, in JSON and in protobuf; the answer is in the type of the request. */
async function otlp(visit: Visit, message: Message, rejected: string, take: Take): Promise<Answer> {
  const type = mediaType(visit.request)
  const refused = await withBody(visit.request, [JSON_TYPE, PROTOBUF_TYPE], (body, sent) => {
    visit.metrics.received(sent)
    return understood(() => take(type === PROTOBUF_TYPE ? decode(message, body) : jsonOf(body), visit))
  })
  return exportResponse(type, rejected, refused)
}

async function codex(visit: Visit): Promise<Answer> {
  const { rejected } = await withBody(visit.request, [JSON_TYPE], (body, sent) => {
    visit.metrics.received(sent)
    return understood(() => keep(visit, codexEvents(jsonOf(body), Date.now())))
  })
  return json(JSON.stringify({ rejected: rejected.length }))
}

async function keep({ store, took }: Visit, intake: Intake): Promise<Intake> {
  const { events, rejected } = intake
  took(await store.append({ events, rejected, receivedAtMs: Date.now() }))
  return intake
}

async function understood<T>(take: () => T | Promise<T>): Promise<T> {
  try {
    return await take()
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal(400, `The body is not what this address reads: ${error.message}.`)
    throw error
  }
}
