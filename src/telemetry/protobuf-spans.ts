import type { SpanContext } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { nanoseconds } from './nanoseconds.ts'
import { protobufRequest, writeAttributes } from './protobuf-request.ts'
import type { ProtobufWriter } from './protobuf-writer.ts'
import { spanFlags } from './span-flags.ts'

/** An ExportTraceServiceRequest. These spans have no events, and their links no attributes. */
export function protobufSpans(spans: readonly ReadableSpan[]): Uint8Array {
  return protobufRequest(spans, writeSpan)
}

function writeSpan(to: ProtobufWriter, span: ReadableSpan): void {
  const { parentSpanContext: parent, status } = span
  const own = span.spanContext()
  writeContext(to, own)
  if (parent?.spanId) to.hex(4, parent.spanId)
  to.text(5, span.name)
  to.varint(6, span.kind + 1)
  to.fixed64(7, nanoseconds(span.startTime))
  to.fixed64(8, nanoseconds(span.endTime))
  writeAttributes(to, 9, span.attributes)
  to.varint(10, span.droppedAttributesCount)
  to.varint(12, span.droppedEventsCount)
  for (const { context } of span.links) writeLink(to, context)
  to.varint(14, span.droppedLinksCount)
  const start = to.begin(15)
  if (status.message) to.text(2, status.message)
  to.varint(3, status.code)
  to.end(start)
  to.fixed32(16, spanFlags(own, parent))
}

function writeLink(to: ProtobufWriter, context: SpanContext): void {
  const start = to.begin(13)
  writeContext(to, context)
  to.varint(5, 0)
  to.fixed32(6, spanFlags(context, context))
  to.end(start)
}

function writeContext(to: ProtobufWriter, { traceId, spanId, traceState }: SpanContext): void {
  to.hex(1, traceId)
  to.hex(2, spanId)
  const state = traceState?.serialize()
  if (state) to.text(3, state)
}
