import { describe, expect, it, onTestFinished } from 'vitest'
import { goalRecord, logs } from './goal-records.ts'
import { type RunningBackend, runningBackend } from './running-backend.ts'

interface Message {
  readonly event: string | undefined
  readonly id: string | undefined
  readonly data: string | undefined
}

/** What arrives of a stream, message by message. */
async function follow(backend: RunningBackend, query = '', headers: Record<string, string> = {}) {
  const closing = new AbortController()
  onTestFinished(() => closing.abort())
  const response = await fetch(`${backend.url}/api/events/stream${query}`, { headers, signal: closing.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<Message | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => split(line)),
        )
        text = text.slice(end + 2)
        if (fields.has('data')) return { event: fields.get('event'), id: fields.get('id'), data: fields.get('data') }
        continue
      }
      const { value, done } = await reader.read()
      if (done) return undefined
      text += value
    }
  }
  const uids = async (count: number) => {
    const seen: string[] = []
    while (seen.length < count) seen.push(JSON.parse((await next())?.data ?? '{}').uid)
    return seen
  }
  return { response, next, uids, close: () => closing.abort() }
}

function split(line: string): [string, string] {
  const at = line.indexOf(': ')
  return [line.slice(0, at), line.slice(at + 2)]
}

async function send(backend: RunningBackend, ...uids: string[]): Promise<void> {
  const answer = await backend.post('/v1/logs', logs(...uids.map((uid) => goalRecord({ 'log.record.uid': uid }))))
  expect(answer.status).toBe(200)
}

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `u${String(from + at).padStart(6, '0')}`)

describe('a stream of events', () => {
  it('sends what comes from now on, as GET /api/events returns it', async () => {
    const backend = await runningBackend()
    await send(backend, 'before')
    const stream = await follow(backend)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    await send(backend, 'u1', 'u2')
    const [first, second] = [await stream.next(), await stream.next()]
    const { events } = await backend.get('/api/events?after=1')
    expect([first, second]).toMatchObject([
      { event: 'goal', id: '2' },
      { event: 'goal', id: '3' },
    ])
    expect([first, second].map((message) => JSON.parse(message?.data ?? ''))).toEqual(events)
  })

  it('is taken up again behind the last event seen, none twice and none missed', async () => {
    const backend = await runningBackend()
    const stream = await follow(backend)
    await send(backend, 'u1', 'u2')
    await stream.next()
    const last = (await stream.next())?.id ?? ''
    stream.close()
    await send(backend, 'u3')
    // The address of a stream that is taken up is the one it began with.
    const again = await follow(backend, '?after=0', { 'last-event-id': last })
    await send(backend, 'u4')
    expect(await again.uids(2)).toEqual(['u3', 'u4'])
    expect(await (await follow(backend, '?after=1')).uids(3)).toEqual(['u2', 'u3', 'u4'])
  })

  it('brings many at once to every reader, in order', async () => {
    const backend = await runningBackend()
    const streams = [await follow(backend), await follow(backend, '?after=0'), await follow(backend)]
    const uids = many(3000)
    for (let at = 0; at < uids.length; at += 1000) await send(backend, ...uids.slice(at, at + 1000))
    for (const stream of streams) expect(await stream.uids(3000)).toEqual(uids)
  })

  it('says that there is a gap to who is far behind, or comes from another database', async () => {
    const backend = await runningBackend()
    const uids = many(11_000)
    for (let at = 0; at < uids.length; at += 1000) await send(backend, ...uids.slice(at, at + 1000))
    const [behind, foreign] = [await follow(backend, '?after=0'), await follow(backend, '?after=999999')]
    for (const stream of [behind, foreign]) {
      expect(await stream.next()).toEqual({ event: 'gap', id: '11000', data: '{"next":"11000"}' })
    }
    await send(backend, 'next')
    for (const stream of [behind, foreign]) expect(await stream.uids(1)).toEqual(['next'])
  })

  it('does not keep in memory what a reader does not take', async () => {
    const backend = await runningBackend()
    const slow = await follow(backend)
    const text = 'x'.repeat(100_000)
    for (let at = 0; at < 40; at++) {
      const records = Array.from({ length: 10 }, (_, of) =>
        goalRecord({ 'log.record.uid': `u${at}-${of}`, 'agent_goal.turn.id': text }),
      )
      await backend.post('/v1/logs', logs(...records))
    }
    // 80 MB in payloads and attributes; what the sockets hold is a few of them.
    const before = process.memoryUsage().rss
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(process.memoryUsage().rss - before).toBeLessThan(15_000_000)
    const uids = await slow.uids(400)
    expect(uids[399]).toBe('u39-9')
  })

  it('has a limit of readers, and a place again when one leaves', async () => {
    const backend = await runningBackend()
    const streams = await Promise.all(Array.from({ length: 64 }, () => follow(backend)))
    const refused = await fetch(`${backend.url}/api/events/stream`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    await refused.body?.cancel()
    streams[0]?.close()
    let status = 503
    for (let tries = 0; status === 503 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      status = (await follow(backend)).response.status
    }
    expect(status).toBe(200)
  })

  it('ends when the backend stops, which does not wait for it', async () => {
    const backend = await runningBackend()
    const stream = await follow(backend)
    await backend.close()
    expect(await stream.next()).toBeUndefined()
  })

  it('sends a sign of life while nothing happens', async () => {
    const backend = await runningBackend()
    const response = await fetch(`${backend.url}/api/events/stream`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    onTestFinished(() => reader.cancel())
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('retry: 1000\n\n')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(':\n\n')
  })

  it.each(['?after=x', '?after=-1', '?afer=1'])('%s is refused', async (query) => {
    const backend = await runningBackend()
    expect((await follow(backend, query)).response.status).toBe(400)
  })
})
