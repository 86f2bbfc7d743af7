import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { otlpLogs } from '../../src/backend/ingest/otlp-logs.ts'
import { LOGS_REQUEST } from '../../src/otlp/otlp-messages.ts'
import { decode } from '../../src/otlp/protobuf.ts'
import { goalRecords } from '../collector/random-records.ts'
import { goalRecord, logs } from './goal-records.ts'
import { decodeAnswer, encode, framed } from './otlp-encoder.ts'
import { runningBackend } from './running-backend.ts'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const uid = (value: string) => ({ 'log.record.uid': value })

describe('log records in protobuf', () => {
  it('are what they are in JSON', () => {
    fc.assert(
      fc.property(fc.array(goalRecords, { minLength: 1, maxLength: 3 }), (records) => {
        const request = {
          resourceLogs: records.map(({ eventName, attributes, resource }, number) => ({
            resource: { attributes: resource },
            scopeLogs: [
              {
                logRecords: [
                  {
                    eventName,
                    timeUnixNano: '1790000000123456789',
                    traceId: '0af7651916cd43dd8448eb211c80319c',
                    spanId: 'b7ad6b7169203331',
                    attributes: [...attributes, { key: 'log.record.uid', value: { stringValue: `uid-${number}` } }],
                  },
                ],
              },
            ],
          })),
        }
        const json = otlpLogs(request, 0)
        const protobuf = otlpLogs(decode(LOGS_REQUEST, Buffer.from(encode('Logs', request))), 0)
        expect(protobuf.events).toEqual(json.events)
        expect(protobuf.rejected.map(({ reason }) => reason)).toEqual(json.rejected.map(({ reason }) => reason))
      }),
      { numRuns: 1000 },
    )
  })

  it('are stored, compressed or not, and answered in protobuf', async () => {
    const backend = await runningBackend()
    const body = encode('Logs', logs(goalRecord(uid('u1')), goalRecord(uid('u2'))))
    const answer = await backend.post('/v1/logs', body, PROTOBUF)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
    expect(await answer.text()).toBe('')
    const zipped = await backend.post('/v1/logs', gzipSync(body), { ...PROTOBUF, 'content-encoding': 'gzip' })
    expect(zipped.status).toBe(200)
    expect(backend.counts).toEqual({ stored: 2, duplicates: 2, rejected: 0 })
    const [row] = backend.rows('SELECT * FROM event')
    expect(row).toMatchObject({
      occurred_at_ns: 1790000000123456789n,
      tokens_used: 1200n,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      service_name: 'agent',
    })
  })

  it('are counted where they are bad, in a partial success', async () => {
    const backend = await runningBackend()
    const records = logs(goalRecord(uid('u1')), goalRecord({ 'agent_goal.status': 'asleep' }))
    const answer = await backend.post('/v1/logs', encode('Logs', records), PROTOBUF)
    expect([answer.status, await decodeAnswer('Response', answer)]).toEqual([
      200,
      { partialSuccess: { rejected: '1', errorMessage: expect.stringContaining('agent_goal.status') } },
    ])
    expect(backend.counts).toEqual({ stored: 1, duplicates: 0, rejected: 1 })
  })

  it('keep integers of 64 bits', async () => {
    const backend = await runningBackend()
    for (const tokens of ['9223372036854775807', '-9223372036854775808', '9007199254740993', '-1']) {
      const record = goalRecord(uid(tokens), {})
      const text = JSON.stringify(logs(record)).replace('{"intValue":"1200"}', `{"intValue":"${tokens}"}`)
      expect((await backend.post('/v1/logs', encode('Logs', JSON.parse(text)), PROTOBUF)).status).toBe(200)
      expect(backend.rows(`SELECT tokens_used AS n FROM event WHERE uid = '${tokens}'`)).toEqual([
        { n: BigInt(tokens) },
      ])
    }
  })

  it('stay the text they are', async () => {
    const backend = await runningBackend()
    const text = `\u0000\u001b[31m</script>\u202e\ufffd${'ü'.repeat(40_000)}`
    const record = goalRecord({ ...uid('u1'), 'agent_goal.turn.id': text, poison: { polluted: true } })
    const request = JSON.parse(JSON.stringify(logs(record)).replaceAll('"poison"', '"__proto__"'))
    expect((await backend.post('/v1/logs', encode('Logs', request), PROTOBUF)).status).toBe(200)
    const [row] = backend.rows('SELECT turn_id, attributes FROM event') as { turn_id: string; attributes: string }[]
    expect(row?.turn_id).toBe(text)
    expect(row?.attributes).toContain('"__proto__":{"polluted":true}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('may have fields of a newer OTLP', async () => {
    const backend = await runningBackend()
    // Field 100 with 3 bytes, field 101 as a varint, field 1 (a list of messages) as a varint.
    const unknown = [0xa2, 0x06, 0x03, 1, 2, 3, 0xa8, 0x06, 0x7f, 0x08, 0x01]
    const body = Buffer.concat([Buffer.from(unknown), encode('Logs', logs(goalRecord()))])
    expect((await backend.post('/v1/logs', body, PROTOBUF)).status).toBe(200)
    expect(backend.counts.stored).toBe(1)
  })
})

describe('what is not protobuf', () => {
  const good = encode('Logs', logs(goalRecord()))
  const bodies: [string, Uint8Array, RegExp][] = [
    ['cut off', good.subarray(0, good.length - 1), /not protobuf/],
    ['JSON', Buffer.from('{"resourceLogs":[]}'), /not protobuf/],
    ['a message longer than the one around it', new Uint8Array([0x0a, 0x02, 0x12, 0x05, 0, 0, 0, 0]), /not protobuf/],
    [
      'a string that is not UTF-8',
      Buffer.from(good).fill(0xff, good.length - 3, good.length - 2),
      /UTF-?8|not protobuf/i,
    ],
    ['an endless varint', new Uint8Array([0x0a, ...Array(12).fill(0xff)]), /not protobuf/],
  ]

  it.each(bodies)('%s is answered 400, in protobuf', async (_name, body, reason) => {
    const backend = await runningBackend()
    const answer = await backend.post('/v1/logs', body, PROTOBUF)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/x-protobuf'])
    expect(await decodeAnswer('RpcStatus', answer)).toEqual({ message: expect.stringMatching(reason) })
  })

  it('a broken record behind good ones has nothing of its batch stored: the sender keeps it whole', async () => {
    const backend = await runningBackend()
    const records = Array.from({ length: 20 }, (_, at) => goalRecord(uid(`u${at}`)))
    const body = Buffer.from(encode('Logs', logs(...records)))
    // The first letter of the last uid is no UTF-8 any more; all lengths are as they were.
    body[body.lastIndexOf('u19')] = 0xff
    const answer = await backend.post('/v1/logs', body, PROTOBUF)
    expect([answer.status, await decodeAnswer('RpcStatus', answer)]).toEqual([
      400,
      { message: expect.stringMatching(/not protobuf.*UTF-?8/i) },
    ])
    expect(backend.counts).toEqual({ stored: 0, duplicates: 0, rejected: 0 })
  })

  it('values in values without end are refused before they cost anything', async () => {
    const backend = await runningBackend()
    let value = Buffer.from([0x0a, 0x01, 0x61])
    // An array of one array of one array …
    for (let depth = 0; depth < 300; depth++) value = framed(0x2a, framed(0x0a, value))
    const record = framed(0x32, Buffer.concat([Buffer.from([0x0a, 0x01, 0x6b]), framed(0x12, value)]))
    const body = framed(0x0a, framed(0x12, framed(0x12, record)))
    const answer = await backend.post('/v1/logs', body, PROTOBUF)
    expect([answer.status, await decodeAnswer('RpcStatus', answer)]).toEqual([
      400,
      { message: expect.stringContaining('nested too deeply') },
    ])
  })
})
