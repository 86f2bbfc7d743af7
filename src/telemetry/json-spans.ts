import type { SpanContext } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { jsonRequest, writeAttributes, writeList } from './json-request.ts'
import type { JsonWriter } from './json-writer.ts'
import { spanFlags } from './span-flags.ts'

const NAMES = { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' }

/** An ExportTraceServiceRequest. These spans have no events, and their links no attributes. */
export function jsonSpans(spans: readonly ReadableSpan[]): Uint8Array {
  return jsonRequest(spans, NAMES, writeSpan)
}

function writeSpan(to: JsonWriter, span: ReadableSpan): void {
  const { parentSpanContext: parent, status } = span
  const own = span.spanContext()
  to.raw('{"traceId":')
  to.string(own.traceId)
  to.raw(',"spanId":')
  to.string(own.spanId)
  if (parent?.spanId) {
    to.raw(',"parentSpanId":')
    to.string(parent.spanId)
  }
  writeState(to, own)
  to.raw(',"name":')
  to.string(span.name)
  to.raw(',"kind":')
  to.integer(span.kind + 1)
  to.raw(',"startTimeUnixNano":')
  to.time(span.startTime)
  to.raw(',"endTimeUnixNano":')
  to.time(span.endTime)
  to.raw(',"attributes":')
  writeAttributes(to, span.attributes)
  to.raw(',"droppedAttributesCount":')
  to.integer(span.droppedAttributesCount)
  to.raw(',"events":[],"droppedEventsCount":0,"status":{"code":')
  to.integer(status.code)
  if (status.message !== undefined) {
    to.raw(',"message":')
    to.string(status.message)
  }
  to.raw('},"links":')
  writeList(to, span.links, ({ context }) => writeLink(to, context))
  to.raw(',"droppedLinksCount":')
  to.integer(span.droppedLinksCount)
  writeFlags(to, own, parent)
}

function writeLink(to: JsonWriter, context: SpanContext): void {
  to.raw('{"attributes":[],"spanId":')
  to.string(context.spanId)
  to.raw(',"traceId":')
  to.string(context.traceId)
  writeState(to, context)
  to.raw(',"droppedAttributesCount":0')
  writeFlags(to, context, context)
}

function writeState(to: JsonWriter, { traceState }: SpanContext): void {
  if (traceState === undefined) return
  to.raw(',"traceState":')
  to.string(traceState.serialize())
}

function writeFlags(to: JsonWriter, context: SpanContext, parent: SpanContext | undefined): void {
  to.raw(',"flags":')
  to.integer(spanFlags(context, parent))
  to.raw('}')
}
