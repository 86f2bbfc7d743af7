import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { goalRecord, keyValues, logs, RESOURCE } from './goal-records.ts'
import { framed } from './otlp-encoder.ts'
import { type RunningBackend, runningBackend } from './running-backend.ts'

const MB = 1024 * 1024

/** A request whose last byte is still to be sent. */
async function unfinished({ url }: RunningBackend, size: number): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`,
  )
  if (!socket.write(' '.repeat(size - 1))) await once(socket, 'drain')
  return socket
}

describe('more than a backend can hold', () => {
  it('is answered 429 with Retry-After, and taken when there is room again', async () => {
    const backend = await runningBackend()
    const senders = await Promise.all([1, 2, 3, 4].map(() => unfinished(backend, 8 * MB - 1)))
    const body = JSON.stringify(logs(goalRecord())).padEnd(MB)
    // What was written is read a little later; a request in the middle of that could be the one that is taken.
    await sleep(1500)
    const refused = await backend.post('/v1/logs', body)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(((await refused.json()) as { message: string }).message).toContain('send it again later')
    for (const sender of senders) sender.destroy()
    await expect.poll(async () => (await backend.post('/v1/logs', body)).status, { timeout: 60_000 }).toBe(200)
  })
})

describe('small bodies that are large ones, compressed', () => {
  it('are held no more at a time than large ones', async () => {
    const backend = await runningBackend()
    const bomb = gzipSync(JSON.stringify(logs(goalRecord())).padEnd(8 * MB))
    expect(bomb.length).toBeLessThan(MB / 10)
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => backend.post('/v1/logs', bomb, { 'content-encoding': 'gzip' })),
    )
    // Nothing is lost with those that are asked to come again.
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toContain(200)
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([])
  })
})

describe('a small body that would become a large one', () => {
  it('by a resource of its many records is answered 413', async () => {
    const backend = await runningBackend()
    const resource = { attributes: keyValues({ ...RESOURCE, long: 'x'.repeat(200_000) }) }
    const logRecords = Array.from({ length: 1000 }, () => goalRecord())
    const answer = await backend.post('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([
      413,
      expect.stringContaining('send smaller batches'),
    ])
    expect(backend.counts.stored).toBe(0)
  })

  it.each([
    ['events', '/codex/analytics-events/events', `{"events":[${'0,'.repeat(70_000)}0]}`, 413],
    [
      'events that are too many to look at',
      '/codex/analytics-events/events',
      `{"events":[${'0,'.repeat(100_000)}0]}`,
      400,
    ],
    ['log records', '/v1/logs', `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${'{},'.repeat(100_000)}{}]}]}]}`, 400],
    ['spans', '/v1/traces', `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(100_000)}{}]}]}]}`, 400],
    [
      'spans in many lists',
      '/v1/traces',
      `{"resourceSpans":[{"scopeSpans":[${`{"spans":[${'{},'.repeat(50_000)}{}]},`.repeat(3)}{"spans":[]}]}]}`,
      400,
    ],
  ])('of a small body with a hundred thousand empty %s are refused, whole', async (_what, path, body, status) => {
    const backend = await runningBackend()
    const zipped = gzipSync(body)
    expect(zipped.length).toBeLessThan(2000)
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await backend.post(path, zipped, headers)).status).toBe(status)
    expect(backend.counts).toEqual({ stored: 0, duplicates: 0, rejected: 0 })
  })

  it.each([
    ['breaks off', '['.repeat(4_000_000)],
    ['is whole', '['.repeat(2_000_000) + ']'.repeat(2_000_000)],
  ])('that is nesting and nothing else, and %s, is refused before it is read', async (_how, body) => {
    const backend = await runningBackend()
    const answer = await backend.post('/v1/logs', body)
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('nested too deeply')])
  })

  it('of brackets in a text is taken', async () => {
    const backend = await runningBackend()
    const objective = `"\\${'['.repeat(150_000)}`
    const answer = await backend.post('/v1/logs', logs(goalRecord({ 'agent_goal.turn.id': objective })))
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  })

  it.each([
    ['resources', Buffer.alloc(2_200_000, Buffer.from([0x0a, 0]))],
    ['log records', inMessages(Buffer.alloc(202_000, Buffer.from([0x12, 0])))],
  ])('of a small body with a million empty %s in protobuf are refused', async (_what, body) => {
    const backend = await runningBackend()
    const answer = await backend.post('/v1/logs', body, { 'content-type': 'application/x-protobuf' })
    expect(answer.status).toBe(400)
  })

  it('by a resource that is too large itself is kept aside', async () => {
    const backend = await runningBackend()
    const resource = { attributes: keyValues({ ...RESOURCE, long: 'x'.repeat(300_000) }) }
    await backend.post('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [goalRecord()] }] }] })
    expect(backend.rows('SELECT reason FROM rejected')).toEqual([{ reason: 'size: larger than 262144 bytes' }])
  })
})

describe('a client that never ends its headers', () => {
  it('is cut off', async () => {
    const backend = await runningBackend()
    const { hostname, port } = new URL(backend.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write('POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\n')
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 200)
    onTestFinished(() => clearInterval(drip))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).toContain('408')
  })
})

/** A scope's log records in a request. */
function inMessages(records: Buffer): Buffer {
  return framed(0x0a, framed(0x12, records))
}
