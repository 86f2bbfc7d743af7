import type { IncomingMessage } from 'node:http'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../otlp/otlp-messages.ts'
import { decode, type Message } from '../../otlp/protobuf.ts'
import { HttpError } from '../http/http-error.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { JSON_TYPE, jsonOf, mediaType, PROTOBUF_TYPE, withBody } from '../http/request-body.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StoredCounts } from '../store/received-records.ts'
import { codexEvents } from './codex-events.ts'
import type { IngestBatch } from './ingest-batch.ts'
import { otlpLogs } from './otlp-logs.ts'
import { otlpMetrics } from './otlp-metrics.ts'
import { exportResponse, type Refused } from './otlp-response.ts'
import { otlpTraces } from './otlp-traces.ts'

/** A request of a sender, where its records go, and what counts them. */
export interface IngestContext {
  readonly request: IncomingMessage
  readonly store: EventStore
  readonly stored: (counts: StoredCounts) => void
  readonly metrics: {
    /** @param bytes Of a body, as it came over the wire. */
    received(bytes: number): void
    spansStored(count: number): void
    pointsReceived(count: number): void
  }
}

type IngestRoute = (context: IngestContext) => Promise<HttpResponse>

/** The addresses that agents and Collectors send to. */
export const INGEST_ROUTES: Readonly<Record<string, { readonly POST: IngestRoute }>> = {
  '/v1/logs': { POST: (context) => otlp(context, LOGS_REQUEST, 'rejectedLogRecords', logs) },
  '/v1/traces': { POST: (context) => otlp(context, TRACES_REQUEST, 'rejectedSpans', traces) },
  '/v1/metrics': { POST: (context) => otlp(context, METRICS_REQUEST, 'rejectedDataPoints', metrics) },
  '/codex/analytics-events/events': { POST: codex },
}

type Store = (body: unknown, context: IngestContext) => Refused | Promise<Refused>

/**
 * Not async, since an async function holds its parameters until it is done, and a parsed body is several times as large
 * as what is stored.
 */
function logs(body: unknown, context: IngestContext): Promise<Refused> {
  return storeBatch(context, otlpLogs(body, Date.now())).then(({ rejected }) => ({
    count: rejected.length,
    why: `Goal records kept aside, see GET /api/rejected; the first for: ${rejected[0]?.reason}`,
  }))
}

async function traces(body: unknown, { store, metrics }: IngestContext): Promise<Refused> {
  const { spans, refused } = otlpTraces(body)
  await store.append({ spans, receivedAtMs: Date.now() })
  metrics.spansStored(spans.length)
  return { count: refused.length, why: `Spans not kept; the first for: ${refused[0]}` }
}

function metrics(body: unknown, { metrics }: IngestContext): Refused {
  metrics.pointsReceived(otlpMetrics(body))
  return { count: 0, why: '' }
}

/** All signals, in JSON and in protobuf; the answer has the type of the request. */
async function otlp(context: IngestContext, message: Message, rejected: string, store: Store): Promise<HttpResponse> {
  const type = mediaType(context.request)
  const refused = await withBody(context.request, [JSON_TYPE, PROTOBUF_TYPE], (body, sent) => {
    context.metrics.received(sent)
    return readable(() => store(type === PROTOBUF_TYPE ? decode(message, body) : jsonOf(body), context))
  })
  return exportResponse(type, rejected, refused)
}

async function codex(context: IngestContext): Promise<HttpResponse> {
  const { rejected } = await withBody(context.request, [JSON_TYPE], (body, sent) => {
    context.metrics.received(sent)
    return readable(() => storeBatch(context, codexEvents(jsonOf(body), Date.now())))
  })
  return json(JSON.stringify({ rejected: rejected.length }))
}

async function storeBatch({ store, stored }: IngestContext, batch: IngestBatch): Promise<IngestBatch> {
  const { events, rejected } = batch
  stored(await store.append({ events, rejected, receivedAtMs: Date.now() }))
  return batch
}

/** @throws {HttpError} 400 for a body that this address does not read; and as `store` does. */
async function readable<T>(store: () => T | Promise<T>): Promise<T> {
  try {
    return await store()
  } catch (error) {
    if (error instanceof InvalidRecord) {
      throw new HttpError(400, `The body is not what this address accepts: ${error.message}.`)
    }
    throw error
  }
}
