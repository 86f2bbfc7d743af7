import { LONGEST_LIST, plainObject } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject, type JsonObject, printJson } from '../../otlp/json.ts'
import type { ReceivedSpan } from '../store/received-records.ts'
import { hexId, list, nanoseconds } from './otlp-fields.ts'
import { type Resource, readResource } from './resource.ts'

export interface Spans {
  readonly spans: readonly ReceivedSpan[]
  /** The reason for each span that was not taken. */
  readonly refused: readonly string[]
}

/** Characters of a span's attributes. If there are more, as only with prompts and answers, none is kept. */
const MOST_ATTRIBUTES = 64 * 1024

/**
 * The spans in an ExportTraceServiceRequest.
 * @throws {InvalidRecord} if the body is not such a request, naming the place, or has too many spans.
 */
export function otlpTraces(body: unknown): Spans {
  const spans: ReceivedSpan[] = []
  const refused: string[] = []
  for (const [at, ofResource] of list(body, 'resourceSpans', '').entries()) {
    const place = `resourceSpans[${at}]`
    const scopes = list(ofResource, 'scopeSpans', place)
    const resource = readResource((ofResource as JsonObject).resource ?? null)
    for (const [at, ofScope] of scopes.entries()) {
      for (const span of list(ofScope, 'spans', `${place}.scopeSpans[${at}]`)) {
        if (spans.length + refused.length >= LONGEST_LIST)
          throw new InvalidRecord(`more than ${LONGEST_LIST} spans in a body`)
        try {
          spans.push(spanOf(span, resource))
        } catch (error) {
          refused.push(error instanceof RangeError ? 'nested too deeply' : (error as Error).message)
        }
      }
    }
  }
  return { spans, refused }
}

function spanOf(span: unknown, resource: Resource | Error): ReceivedSpan {
  if (resource instanceof Error) throw resource
  if (!isObject(span)) throw new InvalidRecord('the span is not an object')
  const startedAtNs = nanoseconds(span.startTimeUnixNano, 'startTimeUnixNano')
  const endedAtNs = nanoseconds(span.endTimeUnixNano, 'endTimeUnixNano')
  const status = span.status ?? {}
  if (!isObject(status)) throw new InvalidRecord('status')
  const attributes = printJson(plainObject(span.attributes, 'attributes'))
  return {
    traceId: known(hexId(span.traceId, 32, 'traceId'), 'traceId'),
    spanId: known(hexId(span.spanId, 16, 'spanId'), 'spanId'),
    parentSpanId: hexId(span.parentSpanId, 16, 'parentSpanId'),
    name: text(span.name, 'name') ?? '',
    kind: enumNumber(span.kind, 'kind'),
    startedAtNs,
    // The clock may have been set back; a span that never ended has no end.
    durationNs: endedAtNs > startedAtNs ? endedAtNs - startedAtNs : 0n,
    statusCode: enumNumber(status.code, 'status.code'),
    statusMessage: text(status.message, 'status.message') || null,
    serviceName: resource.serviceName,
    attributes: attributes.length > MOST_ATTRIBUTES ? '{}' : attributes,
  }
}

function known(id: string | null, place: string): string {
  if (id === null) throw new InvalidRecord(place)
  return id
}

function text(value: unknown, place: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new InvalidRecord(place)
  return value
}

/** Enums are numbers in OTLP's JSON; a number that a newer OTLP gave a meaning is kept. */
function enumNumber(value: unknown, place: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 31) throw new InvalidRecord(place)
  return value
}
