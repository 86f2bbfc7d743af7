import { describe, expect, it } from 'vitest'
import { prepareSchema } from '../../src/backend/store/prepare-schema.ts'
import { StoredSpans } from '../../src/backend/store/stored-spans.ts'
import { keyValues, RESOURCE } from './goal-records.ts'
import { encode } from './otlp-encoder.ts'
import { connectionTo, runningBackend } from './running-backend.ts'
import { storedSpan } from './stored-rows.ts'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }

function span(fields: object = {}): object {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '00f067aa0ba902b7',
    name: 'set_goal_status',
    kind: 1,
    startTimeUnixNano: '1790000000123456789',
    endTimeUnixNano: '1790000000123556789',
    attributes: keyValues({ 'agent_goal.id': 'goal-1', 'agent_goal.usage.tokens': 7 }),
    status: { code: 2, message: 'refused' },
    ...fields,
  }
}

function traces(...spans: unknown[]): object {
  return { resourceSpans: [{ resource: { attributes: keyValues(RESOURCE) }, scopeSpans: [{ spans }] }] }
}

describe('spans', () => {
  it.each(['JSON', 'protobuf'])('are kept once, from %s', async (form) => {
    const backend = await runningBackend()
    const request = traces(span(), span({ spanId: 'b7ad6b7169203332', parentSpanId: '', status: undefined }))
    for (let time = 0; time < 2; time++) {
      const answer =
        form === 'JSON'
          ? await backend.post('/v1/traces', request)
          : await backend.post('/v1/traces', encode('Traces', request), PROTOBUF)
      expect([answer.status, await answer.text()]).toEqual([200, form === 'JSON' ? '{}' : ''])
    }
    expect(backend.rows('SELECT * FROM span ORDER BY seq')).toEqual([
      {
        seq: 1n,
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: 'b7ad6b7169203331',
        parent_span_id: '00f067aa0ba902b7',
        name: 'set_goal_status',
        kind: 1n,
        started_at_ns: 1790000000123456789n,
        duration_ns: 100_000n,
        status_code: 2n,
        status_message: 'refused',
        service_name: 'agent',
        attributes: '{"agent_goal.id":"goal-1","agent_goal.usage.tokens":7}',
      },
      expect.objectContaining({ parent_span_id: null, status_code: 0n, status_message: null }),
    ])
  })

  it('that are bad are counted, the rest is kept', async () => {
    const backend = await runningBackend()
    const answer = await backend.post(
      '/v1/traces',
      traces(span({ spanId: 'short' }), null, span({ kind: 'x' }), span()),
    )
    expect(await answer.json()).toEqual({
      partialSuccess: { rejectedSpans: '3', errorMessage: expect.stringContaining('spanId') },
    })
    expect(backend.rows('SELECT span_id FROM span')).toEqual([{ span_id: 'b7ad6b7169203331' }])
    expect((await backend.post('/v1/traces', { resourceSpans: {} })).status).toBe(400)
  })

  it('are the newest to arrive, never more than the limit', () => {
    const { spans, kept } = storedSpans(3)
    const named = (id: number) => storedSpan({ spanId: String(id) })
    spans.add([1, 2].map(named))
    spans.add([2, 3, 4, 5].map(named))
    expect(kept()).toEqual(['3', '4', '5'])
  })

  it('of a goal stay where another program sends all of its own, and take no more than is there', () => {
    const { spans, kept } = storedSpans(4)
    const ofGoal = (id: number) => storedSpan({ spanId: `goal ${id}`, attributes: '{"agent_goal.id":"g"}' })
    const other = (id: number) => storedSpan({ spanId: String(id), attributes: '{"code.module":"codex_core"}' })
    spans.add([1, 2].map(ofGoal))
    for (let id = 1; id <= 20; id++) spans.add([other(id)])
    expect(kept()).toEqual(['goal 1', 'goal 2', '19', '20'])
    spans.add([3, 4, 5].map(ofGoal))
    expect(kept()).toEqual(['19', '20', 'goal 4', 'goal 5'])
  })

  it('are counted again where retention has removed some', () => {
    const { spans, kept, database } = storedSpans(2)
    const named = (id: number) => storedSpan({ spanId: String(id) })
    spans.add([1, 2].map(named))
    database.exec('DELETE FROM span')
    spans.add([3, 4].map(named))
    expect(kept()).toEqual(['3', '4'])
  })
})

describe('metrics', () => {
  it('are taken and not kept, in JSON and in protobuf', async () => {
    const backend = await runningBackend()
    const metrics = [
      { name: 'a', sum: { dataPoints: [{}, {}] } },
      { name: 'b', histogram: { dataPoints: [{}] } },
    ]
    const json = await backend.post('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })
    expect([json.status, await json.text()]).toEqual([200, '{}'])
    const protobuf = await backend.post('/v1/metrics', new Uint8Array([10, 0]), PROTOBUF)
    expect([protobuf.status, await protobuf.text()]).toEqual([200, ''])
    const bad = await backend.post('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: [null] }] }] })
    expect(bad.status).toBe(400)
  })
})

function storedSpans(most: number) {
  const database = connectionTo(':memory:')
  prepareSchema(database)
  const kept = () => database.prepare('SELECT span_id FROM span ORDER BY seq').pluck().all()
  return { database, spans: new StoredSpans(database, most), kept }
}
