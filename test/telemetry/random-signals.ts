import { TraceState } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { type GoalLogRecord, INFO, logResource, SCOPE } from '../../src/telemetry/goal-logs.ts'

/** Log records and spans with everything that goaltrace may put into them. */
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 120, maxLength: 300 }))
const number = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double({ noNaN: true }), fc.constant(2 ** 62))
const attributes = fc.dictionary(text, fc.oneof(text, number, fc.boolean()), { maxKeys: 8 })
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
/** A time that is rounded up may have a whole second in nanoseconds. */
const time = fc.tuple(fc.nat(2 ** 32 + 5), fc.nat(1_000_000_000))
const context = { traceId: hex(32), spanId: hex(16), traceFlags: fc.nat(255) }
const resource = fc.constantFrom(...[{ 'service.name': 'a' }, { 'service.name': 'ä', n: 1.5 }].map(logResource))
const droppedAttributesCount = fc.nat(300)

export const randomRecords = fc.array(
  fc.record({
    hrTime: time,
    hrTimeObserved: time,
    spanContext: fc.option(fc.record(context), { nil: undefined }),
    severityNumber: fc.constantFrom(0, INFO),
    eventName: text,
    attributes,
    resource,
    instrumentationScope: fc.constantFrom(SCOPE, { ...SCOPE, version: '2' }),
    droppedAttributesCount,
  }),
  { maxLength: 20 },
) as fc.Arbitrary<GoalLogRecord[]>

const spanContext = fc.record(
  { ...context, isRemote: fc.boolean(), traceState: fc.constantFrom(new TraceState('a=1,b=2'), new TraceState('')) },
  { requiredKeys: ['traceId', 'spanId', 'traceFlags'] },
)
const status = fc.record({ code: fc.nat(2), message: text }, { requiredKeys: ['code'] })

export const randomSpans = fc.array(
  fc
    .record({
      name: text,
      kind: fc.nat(4),
      startTime: time,
      endTime: time,
      own: spanContext,
      parentSpanContext: fc.option(spanContext, { nil: undefined }),
      attributes,
      droppedAttributesCount,
      status,
      links: fc.array(fc.record({ context: spanContext }), { maxLength: 3 }),
      droppedLinksCount: fc.nat(300),
      resource,
      instrumentationScope: fc.constantFrom(SCOPE, { name: 'goaltrace', version: '2' }),
    })
    .map(({ own, ...span }) => ({ ...span, events: [], droppedEventsCount: 0, spanContext: () => own })),
  { maxLength: 20 },
) as unknown as fc.Arbitrary<ReadableSpan[]>
