import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { attributeLimit } from '../../src/telemetry/attribute-limits.ts'
import { Receiver } from '../receiver.ts'
import { observedGoals } from './observed-goals.ts'

const attributes = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 3 }).filter((key) => key !== '__proto__'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean()),
)

/** What the SDK's own logger keeps. */
function kept(
  all: Record<string, string | number | boolean>,
  attributeCountLimit: number,
  attributeValueLengthLimit: number,
) {
  const records: ReadableLogRecord[] = []
  const none = async () => {}
  new LoggerProvider({
    logRecordLimits: { attributeCountLimit, attributeValueLengthLimit },
    processors: [{ onEmit: (record) => void records.push(record), forceFlush: none, shutdown: none }],
  })
    .getLogger('any')
    .emit({ attributes: all })
  return { attributes: records[0]?.attributes, droppedAttributesCount: records[0]?.droppedAttributesCount }
}

describe('a log record under limits of attributes', () => {
  it('keeps what the SDK keeps', () => {
    fc.assert(
      fc.property(attributes, fc.nat(5), fc.integer({ min: 1, max: 5 }), (all, count, length) => {
        const env = {
          OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: String(count),
          OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: String(length),
        }
        expect(attributeLimit(env, 'LOGRECORD')(all)).toEqual(kept(all, count, length))
      }),
    )
  })

  it('is untouched where there are none', () => {
    const all = { a: 'b' }
    expect(attributeLimit({}, 'LOGRECORD')(all).attributes).toBe(all)
  })
})

describe('an agent under limits of attributes', () => {
  let receiver: Receiver

  beforeEach(async () => {
    receiver = await Receiver.start()
    const limits = { OTEL_ATTRIBUTE_COUNT_LIMIT: '4', OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '5' }
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...limits })
    onTestFinished(() => {
      for (const name of Object.keys(limits)) delete process.env[name]
    })
  })

  it('sends so much of each, says how much was dropped, and each event has its own id', async () => {
    const goals = observedGoals()
    goals.create('a thread')
    goals.create('another thread')
    await goals.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])).toEqual(['a thr', 'anoth'])
    for (const log of receiver.logs) {
      expect(Object.keys(log.attributes)).toHaveLength(4 + 1)
      expect(Number((log as unknown as { droppedAttributesCount: number }).droppedAttributesCount)).toBeGreaterThan(0)
    }
    expect(new Set(receiver.uids).size).toBe(2)
    expect(receiver.uids.every((uid) => uid.length > 5)).toBe(true)
    for (const { attributes } of receiver.spans) {
      expect(Object.keys(attributes)).toHaveLength(4)
      expect(attributes['gen_ai.conversation.id']).toMatch(/thread$/)
    }
  })
})
