import { JsonLogsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLogs } from '../../src/telemetry/json-logs.ts'
import { jsonSpans } from '../../src/telemetry/json-spans.ts'
import { randomRecords, randomSpans } from './random-signals.ts'

const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

describe('a request in JSON', () => {
  it('of log records is to the letter what OpenTelemetry’s serializer makes', () => {
    fc.assert(
      fc.property(randomRecords, (records) => {
        expect(textOf(jsonLogs(records))).toBe(textOf(JsonLogsSerializer.serializeRequest(records as never)))
      }),
    )
  })

  it('of spans is to the letter what OpenTelemetry’s serializer makes', () => {
    fc.assert(
      fc.property(randomSpans, (spans) => {
        expect(textOf(jsonSpans(spans))).toBe(textOf(JsonTraceSerializer.serializeRequest(spans)))
      }),
    )
  })

  it('has nothing in it of one that could not be written', () => {
    const [record] = fc.sample(randomRecords, 100).flat()
    const bad = { ...record, eventName: undefined } as never
    expect(() => jsonLogs([bad])).toThrow(TypeError)
    expect(textOf(jsonLogs([]))).toBe('{"resourceLogs":[]}')
  })

  it('may be larger than the memory that is kept for the next one', () => {
    const [record] = fc.sample(randomRecords, 100).flat()
    const large = Array.from({ length: 40 }, () => ({ ...record, attributes: { text: 'ä'.repeat(100_000) } }) as never)
    for (const records of [large, large.slice(0, 1), large]) {
      expect(textOf(jsonLogs(records))).toBe(textOf(JsonLogsSerializer.serializeRequest(records)))
    }
  })
})
