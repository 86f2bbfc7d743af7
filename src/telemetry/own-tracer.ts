import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import { SPAN_GOAL } from '../event/semconv.ts'
import type { CommittedSpanOptions, SpanSource } from './goal-spans.ts'

/** Private parts of the SDK's tracer, present in every version since 1.0. */
interface SdkTracer extends api.Tracer {
  _idGenerator: { generateTraceId(): string; generateSpanId(): string }
  readonly _sampler: { shouldSample(...args: readonly unknown[]): { readonly decision: number } }
}

/** Of the SDK's SamplingDecision; the API's own has other numbers. */
const RECORD_AND_SAMPLED = 2

/**
 * Makes spans by the agent's own tracer. The SDK's gets the given ids by a replaced id generator, for one call. A tracer of
 * anything else cannot be given ids, so it makes only the spans of changes.
 */
export function spansOf(tracer: api.Tracer): SpanSource {
  if (!isOfSdk(tracer)) return { startSpan: (name, options, parent) => tracer.startSpan(name, options, parent) }
  return {
    startSpan: (name, options, parent) => started(tracer, name, options, parent),
    flagsOf: (traceId) => bestEffort('spans', () => flagsOf(tracer, traceId)) ?? api.TraceFlags.NONE,
  }
}

function flagsOf(tracer: SdkTracer, traceId: string): number {
  const asked = [api.ROOT_CONTEXT, traceId, SPAN_GOAL, api.SpanKind.INTERNAL, {}, []]
  const { decision } = tracer._sampler.shouldSample(...asked)
  return decision === RECORD_AND_SAMPLED ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE
}

function started(tracer: SdkTracer, name: string, options: CommittedSpanOptions, parent: api.Context): api.Span {
  const { ids, status, ...rest } = options
  const before = tracer._idGenerator
  try {
    if (ids) tracer._idGenerator = { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId }
    const span = tracer.startSpan(name, rest, parent)
    return status ? span.setStatus(status) : span
  } finally {
    tracer._idGenerator = before
  }
}

function isOfSdk(tracer: api.Tracer): tracer is SdkTracer {
  const { _idGenerator: ids, _sampler: sampler } = tracer as Partial<SdkTracer>
  return typeof ids?.generateSpanId === 'function' && typeof sampler?.shouldSample === 'function'
}
