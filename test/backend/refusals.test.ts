import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startBackend } from '../../src/backend/server.ts'
import { send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { connectionTo, runningBackend, scratchFolder } from './running-backend.ts'

const TOO_LARGE = 8 * 1024 * 1024 + 1

async function refusal(answer: Response): Promise<[number, string]> {
  return [answer.status, ((await answer.json()) as { message: string }).message]
}

describe('a body that cannot be read', () => {
  const bodies: [string, string, string | Uint8Array, RegExp][] = [
    ['no JSON', '/v1/logs', '{"resourceLogs":[', /not JSON: .+\.$/],
    ['nothing', '/v1/logs', '', /not JSON/],
    ['no UTF-8', '/v1/logs', new Uint8Array([0x22, 0xff, 0x22]), /not UTF-8/],
    ['no object', '/v1/logs', '[]', /the body is not an object/],
    [
      'no list of records',
      '/v1/logs',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":{}}]}]}',
      /resourceLogs\[0\]\.scopeLogs\[0\]\.logRecords is not an array/,
    ],
    ['no list of events', '/codex/analytics-events/events', '{"event":[]}', /events is not an array/],
    ['null for events', '/codex/analytics-events/events', '{"events":null}', /events is not an array/],
  ]

  it.each(bodies)('%s is answered 400 with the reason', async (_name, path, body, reason) => {
    const backend = await runningBackend()
    expect(await refusal(await backend.post(path, body))).toEqual([400, expect.stringMatching(reason)])
  })

  it('that is not the gzip it says is answered 400', async () => {
    const backend = await runningBackend()
    expect(await refusal(await backend.post('/v1/logs', '{}', { 'content-encoding': 'gzip' }))).toEqual([
      400,
      expect.stringContaining('not gzip'),
    ])
  })

  it('in another type or encoding is answered 415, with what to set', async () => {
    const backend = await runningBackend()
    const codex = '/codex/analytics-events/events'
    expect(await refusal(await backend.post(codex, '{}', { 'content-type': 'text/plain' }))).toEqual([
      415,
      'Content type text/plain is not accepted here: send application/json.',
    ])
    expect((await backend.post(codex, '', { 'content-type': 'application/x-protobuf' })).status).toBe(415)
    expect((await backend.post('/v1/logs', '{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await backend.post('/v1/logs', '{}', { 'content-encoding': 'br' })).status).toBe(415)
    expect((await backend.post('/v1/logs', '{}', { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(
      200,
    )
  })

  it('above 8 MiB is answered 413, also after decompression, and the next one is served', async () => {
    const backend = await runningBackend()
    const body = ' '.repeat(TOO_LARGE)
    expect((await backend.post('/v1/logs', body)).status).toBe(413)
    expect((await backend.post('/v1/logs', gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(413)
    expect((await backend.post('/v1/traces', gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(413)
    expect((await backend.post('/v1/logs', `{}${' '.repeat(TOO_LARGE - 3)}`)).status).toBe(200)
  })
})

describe('an address or method that is not there', () => {
  it('is answered 404 or 405 with what to use', async () => {
    const backend = await runningBackend()
    expect(await refusal(await fetch(`${backend.url}/v1/log`))).toEqual([404, expect.stringContaining('GET /')])
    expect((await fetch(`${backend.url}/__proto__`)).status).toBe(404)
    const wrong = await fetch(`${backend.url}/v1/logs`)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await fetch(`${backend.url}/api/goals`, { method: 'OPTIONS' })).status).toBe(405)
    expect((await fetch(`${backend.url}/api/goals`, { method: 'DELETE', body: 'x' })).status).toBe(405)
  })

  it('leaves / and /healthz, which say that it lives', async () => {
    const backend = await runningBackend()
    expect(await (await fetch(backend.url)).text()).toContain('POST /v1/logs')
    expect(await backend.get('/healthz')).toEqual({ status: 'ok' })
  })
})

describe('a name that is not loopback', () => {
  it('in Host is refused', async () => {
    const backend = await runningBackend()
    expect(await statusWithHost(backend.url, 'evil.example')).toBe(403)
    expect(await statusWithHost(backend.url, 'localhost.evil.example:80')).toBe(403)
    expect(await statusWithHost(backend.url, '127.0.0.1.evil.example')).toBe(403)
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:4318', '[::1]:4318']) {
      expect(await statusWithHost(backend.url, host)).toBe(200)
    }
    // A health check is made by whatever name the container has.
    expect(await statusWithHost(backend.url, 'backend:4318', '/healthz')).toBe(200)
  })
})

describe('a client that closes its connection after the request', () => {
  it('gets the refusal also where it is still writing', async () => {
    const backend = await runningBackend()
    const { hostname, port } = new URL(backend.url)
    const sending = request({ hostname, port, path: '/nowhere', method: 'POST', headers: { connection: 'close' } })
    const taken = once(sending, 'response')
    sending.end(Buffer.alloc(50_000_000))
    const [answer] = (await taken) as [IncomingMessage]
    expect(answer.statusCode).toBe(404)
    expect(await text(answer)).toContain('There is nothing at this address')
  })
})

describe('a fault on this side', () => {
  it('is told to each sender, and reported once', async () => {
    const reported: string[] = []
    const backend = await runningBackend({ report: (problem) => reported.push(problem) })
    const other = connectionTo(backend.file)
    other.exec('BEGIN IMMEDIATE')
    for (let at = 0; at < 3; at++) {
      const answer = await backend.post('/v1/logs', logs(goalRecord()))
      expect(await refusal(answer)).toEqual([503, expect.stringContaining('database is locked')])
    }
    other.exec('ROLLBACK')
    other.close()
    expect(reported).toEqual([expect.stringContaining('database is locked')])
  })
})

describe('a backend with a token', () => {
  it('is the only one that listens beyond loopback', async () => {
    const file = join(scratchFolder(), 'backend.db')
    await expect(startBackend({ port: 0, host: '0.0.0.0', file })).rejects.toThrow(/set GOALTRACE_TOKEN/)
    await expect(startBackend({ port: 0, host: '0.0.0.0', file, token: '' })).rejects.toThrow(/set GOALTRACE_TOKEN/)
  })

  it('serves whom it knows, and /healthz to all', async () => {
    const backend = await runningBackend({ host: '0.0.0.0', token: 'secret' })
    const url = backend.url.replace('0.0.0.0', '127.0.0.1')
    const status = async (path: string, authorization?: string) =>
      (await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } })).status
    expect(await status('/api/goals')).toBe(401)
    expect(await status('/nowhere')).toBe(401)
    expect(await status('/api/goals', 'Bearer secre')).toBe(401)
    expect(await status('/api/goals', 'secret')).toBe(401)
    expect(await status('/api/goals', 'Bearer secret')).toBe(200)
    expect(await status('/healthz')).toBe(200)
    expect(await statusWithHost(url, 'backend:4318')).toBe(401)
  })
})

describe('a client that sends a byte now and then', () => {
  it('is cut off, and others are served', async () => {
    const backend = await runningBackend()
    const { port, hostname } = new URL(backend.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n',
    )
    const drip = setInterval(() => socket.write(' '), 200)
    const cut = new Promise<string>((resolve) => {
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.on('error', () => {}).on('close', () => resolve(answer))
    })
    expect((await backend.post('/v1/logs', logs(goalRecord()))).status).toBe(200)
    expect(await cut).toContain('408')
    clearInterval(drip)
  })
})

describe('readers that do not read', () => {
  it('fill no memory: a long answer too many is refused, and given when they are gone', async () => {
    const backend = await runningBackend()
    const objective = 'x'.repeat(250_000)
    const ten = Array.from({ length: 10 }, (_, at) => ({ at, objective }))
    for (let batch = 0; batch < 7; batch++) await send(backend, ...ten)
    const { port, hostname } = new URL(backend.url)
    const sockets: Socket[] = []
    for (let at = 0; at < 12; at++) {
      const socket = connect(Number(port), hostname).pause()
      socket.write('GET /api/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
      sockets.push(socket)
    }
    await expect.poll(() => statusOf(`${backend.url}/api/events`), { timeout: 60_000 }).toBe(503)
    expect(await statusOf(`${backend.url}/api/goals`)).toBe(200)
    for (const socket of sockets) socket.destroy()
    await expect.poll(() => statusOf(`${backend.url}/api/events`), { timeout: 60_000 }).toBe(200)
  })
})

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url)
  await answer.body?.cancel()
  return answer.status
}

describe('close()', () => {
  it('answers what it took, stores it, and refuses the rest', async () => {
    const backend = await runningBackend()
    const body = JSON.stringify(logs(goalRecord()))
    const { hostname, port } = new URL(backend.url)
    const headers = { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' }
    const sending = request({ hostname, port, path: '/v1/logs', method: 'POST', headers })
    const taken = once(sending, 'response')
    sending.flushHeaders()
    await once(sending, 'continue')
    sending.write(body.slice(0, 50))
    const closed = backend.close()
    setTimeout(() => sending.end(body.slice(50)), 100)
    const [answer] = (await taken) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).toBe(200)
    await closed
    await expect(fetch(`${backend.url}/healthz`)).rejects.toThrow()
    expect(backend.rows('SELECT count(*) AS n FROM event')).toEqual([{ n: 1n }])
  })

  it('does not wait for connections that ask for nothing', async () => {
    const backend = await runningBackend()
    const { port, hostname } = new URL(backend.url)
    const silent = connect(Number(port), hostname)
    await new Promise((resolve) => silent.once('connect', resolve))
    await fetch(`${backend.url}/healthz`)
    // Its own time limit never comes, and that of a silent connection after the test's.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await backend.close()
    silent.destroy()
  }, 25_000)

  it('tells who asks on a connection of before that it stops', async () => {
    const backend = await runningBackend()
    const { hostname, port } = new URL(backend.url)
    const early = connect(Number(port), hostname)
    await once(early, 'connect')
    const stream = await fetch(`${backend.url}/api/events/stream`)
    const headers = { 'content-type': 'application/json', 'content-length': 2, expect: '100-continue' }
    const sending = request({ hostname, port, path: '/v1/logs', method: 'POST', headers })
    const taken = once(sending, 'response')
    sending.flushHeaders()
    await once(sending, 'continue')
    const closed = backend.close()
    early.end('GET /api/goals HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    const answer = await text(early)
    expect(answer).toContain('503 Service Unavailable')
    expect(answer).toContain('connection: close')
    expect(answer).toContain('This backend is stopping.')
    sending.end('{}')
    const [last] = (await taken) as [IncomingMessage]
    last.resume()
    await closed
    expect(await stream.text()).not.toContain('event: goal')
  })
})

describe("a file that is not the backend's", () => {
  it('is refused and left as it is', async () => {
    const file = join(scratchFolder(), 'agent.db')
    const agent = connectionTo(file)
    agent.exec('CREATE TABLE thread_goals (a)')
    await expect(startBackend({ port: 0, file })).rejects.toThrow(/another program's database/)
    expect(agent.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['thread_goals'])
    expect(agent.pragma('journal_mode', { simple: true })).toBe('delete')
    agent.close()
  })

  it('is refused where a newer goaltrace made it', async () => {
    const backend = await runningBackend()
    await backend.close()
    const newer = connectionTo(backend.file)
    newer.pragma('user_version = 1000')
    newer.close()
    await expect(startBackend({ port: 0, file: backend.file })).rejects.toThrow(/newer goaltrace/)
  })
})

function statusWithHost(url: string, host: string, path = '/api/goals'): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
