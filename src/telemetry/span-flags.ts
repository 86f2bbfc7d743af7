import type { SpanContext } from '@opentelemetry/api'

const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/**
 * What OTLP sends as a span's or a link's flags: https://github.com/open-telemetry/opentelemetry-proto/blob/v1.8.0/opentelemetry/proto/trace/v1/trace.proto#L376
 * @param parent Of a span; of a link itself.
 */
export function spanFlags({ traceFlags }: SpanContext, parent: SpanContext | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0)
}
