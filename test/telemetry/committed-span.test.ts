import * as api from '@opentelemetry/api'
import { type Link, type SpanContext, SpanKind, type TimeInput, trace } from '@opentelemetry/api'
import { TraceState } from '@opentelemetry/core'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { beforeEach, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/base/version.ts'
import { CommittedSpans, spanLimits } from '../../src/telemetry/committed-span.ts'
import type { SpanSource } from '../../src/telemetry/goal-spans.ts'
import { samplerOf } from '../../src/telemetry/sampler.ts'

const resource = resourceFromAttributes({ 'service.name': 'planner', 'service.version': '1.2.3' })
const CALLER: SpanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
const CREATOR: SpanContext = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 }
const LIMITS = [
  'ATTRIBUTE_COUNT',
  'ATTRIBUTE_VALUE_LENGTH',
  'SPAN_ATTRIBUTE_COUNT',
  'SPAN_ATTRIBUTE_VALUE_LENGTH',
  'SPAN_LINK_COUNT',
]
const VARIABLES = ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', ...LIMITS.map((limit) => `OTEL_${limit}_LIMIT`)]

beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name]
})

/** What a source makes of a change, as it goes over the wire; nothing where it is not sampled. */
function recorded(make: (spans: ReadableSpan[]) => SpanSource, parent: SpanContext | undefined, links?: Link[]) {
  const spans: ReadableSpan[] = []
  const source = make(spans)
  const around = parent ? trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT
  const options = {
    kind: SpanKind.INTERNAL,
    startTime: [1_790_000_000, 999_999_900] as [number, number],
    attributes: { 'agent_goal.id': 'a goal', 'agent_goal.usage.tokens': 12, 'agent_goal.has_token_budget': false },
    ...(links && { links }),
  }
  const span = source.startSpan('set_goal_status', options, around)
  span.end([1_790_000_001, 100] as TimeInput)
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  expect(spanId).toMatch(/^[0-9a-f]{16}$/)
  const json = new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans))
  const plain = json.replaceAll(spanId, 'SPAN').replaceAll(parent ? ' ' : traceId, parent ? ' ' : 'TRACE')
  return { wire: JSON.parse(plain), traceFlags, traceState: traceState?.serialize(), sent: spans.length }
}

const committed = (spans: ReadableSpan[]) =>
  new CommittedSpans(resource, samplerOf(process.env), (span) => spans.push(span), spanLimits(process.env))

function tracer(spans: ReadableSpan[]): SpanSource {
  const onEnd = (span: ReadableSpan) => {
    if (span.spanContext().traceFlags & 1) spans.push(span)
  }
  const none = async () => {}
  const spanProcessors = [{ onStart() {}, onEnd, shutdown: none, forceFlush: none }]
  return new BasicTracerProvider({ resource, spanProcessors }).getTracer('goaltrace', VERSION)
}

describe('the span of a committed change', () => {
  const parents: [string, SpanContext | undefined][] = [
    ['no caller', undefined],
    ['a sampled caller', CALLER],
    ['a caller that is not sampled', { ...CALLER, traceFlags: 0 }],
    ['a caller with a state', { ...CALLER, traceState: new TraceState('vendor=1') }],
  ]
  const samplers = [
    undefined,
    'always_on',
    'always_off',
    'parentbased_always_on',
    'parentbased_always_off',
    'traceidratio',
    'parentbased_traceidratio',
    'nonsense',
  ]
  for (const [name, parent] of parents) {
    it.each(samplers)(`under ${name} is what a tracer of the SDK makes, sampler %s`, (sampler) => {
      if (sampler) process.env.OTEL_TRACES_SAMPLER = sampler
      // Of this trace neither all nor nothing is chance: its id is given, or the ratio decides alone.
      process.env.OTEL_TRACES_SAMPLER_ARG = parent ? '0.5' : '1'
      expect(recorded(committed, parent)).toEqual(recorded(tracer, parent))
      expect(recorded(committed, parent, [{ context: CREATOR }])).toEqual(
        recorded(tracer, parent, [{ context: CREATOR }]),
      )
    })
  }

  it.each<NodeJS.ProcessEnv>([
    { OTEL_ATTRIBUTE_COUNT_LIMIT: '2' },
    { OTEL_ATTRIBUTE_COUNT_LIMIT: '0' },
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' },
    {
      OTEL_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '1',
    },
    { OTEL_SPAN_LINK_COUNT_LIMIT: '0' },
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'few', OTEL_SPAN_LINK_COUNT_LIMIT: '1' },
  ])('has as much as a tracer’s of the SDK under %j', (limits) => {
    Object.assign(process.env, limits)
    const links = [{ context: CREATOR }]
    expect(recorded(committed, CALLER, links)).toEqual(recorded(tracer, CALLER, links))
  })

  it('is sampled by default, and not if sampling is off', () => {
    expect(recorded(committed, undefined).sent).toBe(1)
    process.env.OTEL_TRACES_SAMPLER = 'always_off'
    expect(recorded(committed, undefined).sent).toBe(0)
    process.env.OTEL_TRACES_SAMPLER = 'traceidratio'
    process.env.OTEL_TRACES_SAMPLER_ARG = '0'
    expect(recorded(committed, CALLER).sent).toBe(0)
  })
})
