import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import type { CommittedSpanOptions, SpanSource } from './goal-spans.ts'
import { type GoalSampler, goalTraceFlags } from './goal-trace.ts'

/** Private parts of the SDK's tracer, present in every version since 1.0. */
interface SdkTracer extends api.Tracer {
  _idGenerator: { generateTraceId(): string; generateSpanId(): string }
  readonly _sampler: GoalSampler
}

/**
 * Makes spans by the agent's own tracer. The SDK's gets the given ids by a replaced id generator, for one call. A tracer of
 * anything else cannot be given ids, so it makes only the spans of changes.
 */
export function spansOf(tracer: api.Tracer): SpanSource {
  if (!isOfSdk(tracer)) return { startSpan: (name, options, parent) => started(tracer, name, options, parent) }
  return {
    startSpan: (name, options, parent) => startedWithIds(tracer, name, options, parent),
    flagsOf: (traceId) => bestEffort('spans', () => goalTraceFlags(tracer._sampler, traceId)) ?? api.TraceFlags.NONE,
  }
}

function startedWithIds(tracer: SdkTracer, name: string, options: CommittedSpanOptions, parent: api.Context): api.Span {
  const { ids } = options
  const before = tracer._idGenerator
  try {
    if (ids) tracer._idGenerator = { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId }
    return started(tracer, name, options, parent)
  } finally {
    tracer._idGenerator = before
  }
}

function started(tracer: api.Tracer, name: string, options: CommittedSpanOptions, parent: api.Context): api.Span {
  const { ids: _, status, ...rest } = options
  const span = tracer.startSpan(name, rest, parent)
  return status ? span.setStatus(status) : span
}

function isOfSdk(tracer: api.Tracer): tracer is SdkTracer {
  const { _idGenerator: ids, _sampler: sampler } = tracer as Partial<SdkTracer>
  return typeof ids?.generateSpanId === 'function' && typeof sampler?.shouldSample === 'function'
}
