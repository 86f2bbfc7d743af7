import * as api from '@opentelemetry/api'
import { bestEffort } from '../base/diagnose.ts'
import { textOf } from '../base/environment.ts'
import type { GoalTraceSpan } from '../event/goal-trace-spans.ts'
import { SPAN_GOAL } from '../event/semconv.ts'
import { endTime, hrTime, type SpanSource, statusOf } from './goal-spans.ts'

/** A span of a goal's trace, and the source to make it by. */
export interface TracedSpan {
  readonly source: SpanSource
  readonly span: GoalTraceSpan
}

/** Whether goals have traces of their own. */
export function hasGoalTraces(env: NodeJS.ProcessEnv): boolean {
  return textOf(env, 'GOALTRACE_GOAL_TRACES')?.trim().toLowerCase() !== 'false'
}

/** Whether spans that are kept for a receiver can be sent from this process. */
export function sendsKeptSpans(env: NodeJS.ProcessEnv): boolean {
  return hasGoalTraces(env) && env.OTEL_TRACES_EXPORTER !== 'none'
}

/** A sampler of the SDK, of whatever version. */
export interface GoalSampler {
  shouldSample(...asked: readonly unknown[]): { readonly decision: number }
}

/** Of the SDK's SamplingDecision; the API's own has other numbers. */
const RECORD_AND_SAMPLED = 2

/** Whether this sampler takes a goal's trace, as W3C's flags say. */
export function goalTraceFlags(sampler: GoalSampler, traceId: string): number {
  const asked = [api.ROOT_CONTEXT, traceId, SPAN_GOAL, api.SpanKind.INTERNAL, {}, []]
  const { decision } = sampler.shouldSample(...asked)
  return decision === RECORD_AND_SAMPLED ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE
}

/** Makes these spans, and empties the list, so that each is made once. */
export function recordTraced({ traced }: { readonly traced: TracedSpan[] }): void {
  for (const one of traced.splice(0)) record(one)
}

/** Makes a span under the ids it was given, sampled as the whole trace is. */
function record({ source, span }: TracedSpan): void {
  bestEffort('spans', () => {
    const { name, traceId, spanId, parentId, startMs, endMs, attributes, links, failure } = span
    const traceFlags = source.flagsOf?.(traceId) ?? api.TraceFlags.NONE
    const root = parentId === undefined ? undefined : { traceId, spanId: parentId, traceFlags }
    const options = {
      kind: api.SpanKind.INTERNAL,
      startTime: hrTime(startMs),
      attributes,
      links: links.map((context) => ({ context })),
      ids: { traceId, spanId },
      ...(failure && { status: statusOf(failure) }),
    }
    const around = root ? api.trace.setSpanContext(api.ROOT_CONTEXT, root) : api.ROOT_CONTEXT
    source.startSpan(name, options, around).end(endTime(endMs))
  })
}
