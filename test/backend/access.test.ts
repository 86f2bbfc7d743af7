import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** As a browser sends it: fetch() does not let one set these headers. */
async function send(url: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> {
  const sending = request(url, { method, headers }).end(body)
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += chunk
  return { status: answer.statusCode, headers: answer.headers, body: text }
}

const JSON_TYPE = { 'content-type': 'application/json' }
const FOREIGN: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'not an origin' },
  // Another port of this machine is another site's page.
  { origin: 'http://127.0.0.1:1' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
]

describe('a page of another site', () => {
  it.each(FOREIGN)('%j may not post events, sign in, read or follow', async (headers) => {
    const backend = await runningBackend()
    const body = JSON.stringify(logs(goalRecord()))
    for (const path of ['/v1/logs', '/v1/traces', '/codex/analytics-events/events', '/api/session']) {
      const posted = await send(backend.url + path, { ...JSON_TYPE, ...headers }, 'POST', body)
      expect([posted.status, JSON.parse(posted.body).message]).toEqual([403, expect.stringContaining('no page but')])
    }
    for (const path of ['/', '/api/goals', '/api/events/stream', '/metrics']) {
      expect((await send(backend.url + path, headers)).status).toBe(403)
    }
    expect(backend.counts.stored).toBe(0)
  })

  it('gets no CORS header, whatever it asks', async () => {
    const backend = await runningBackend()
    const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    for (const [path, headers, method] of [
      ['/v1/logs', preflight, 'OPTIONS'],
      ['/api/goals', { origin: backend.url }, 'GET'],
    ] as const) {
      const answer = await send(backend.url + path, headers, method)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('may lead here by a link, which its user alone sees', async () => {
    const backend = await runningBackend()
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect((await send(`${backend.url}/`, headers)).status).toBe(200)
    expect((await send(`${backend.url}/v1/logs`, { ...JSON_TYPE, ...headers }, 'POST', '{}')).status).toBe(403)
  })
})

describe("the backend's own page", () => {
  it.each([{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, {}])('%j is served', async (headers) => {
    const backend = await runningBackend()
    const own = { ...JSON_TYPE, origin: backend.url, ...headers }
    expect((await send(`${backend.url}/v1/logs`, own, 'POST', JSON.stringify(logs(goalRecord())))).status).toBe(200)
    expect((await send(`${backend.url}/api/goals`, own)).status).toBe(200)
  })

  it('is served behind a proxy that renames it, where the browser vouches for it', async () => {
    const backend = await runningBackend()
    const headers = { ...JSON_TYPE, origin: 'https://goals.example', 'sec-fetch-site': 'same-origin' }
    expect((await send(`${backend.url}/v1/logs`, headers, 'POST', '{}')).status).toBe(200)
  })
})

describe('every answer', () => {
  it.each(['/', '/api/goals', '/nowhere'])('%s has the browser run and load nothing of others', async (path) => {
    const backend = await runningBackend()
    const { headers } = await send(backend.url + path)
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      ),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  })
})

describe('signing in', () => {
  const TOKEN = 'a token of some length'
  const signIn = (url: string, token: unknown, headers: Record<string, string> = {}) => {
    const body = JSON.stringify({ token })
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    return send(`${url}/api/session`, { ...JSON_TYPE, ...length, ...headers }, 'POST', body)
  }

  it('gives a cookie that opens what the token opens, and is not the token', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const { status, headers, body } = await signIn(backend.url, TOKEN, { origin: backend.url })
    expect([status, body]).toEqual([204, ''])
    const [set = '', ...more] = headers['set-cookie'] ?? []
    expect(more).toEqual([])
    expect(set).toMatch(/^goaltrace_session=\d+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    expect(set).not.toContain(encodeURIComponent(TOKEN))
    const cookie = set.split(';', 1)[0] as string
    for (const path of ['/api/goals', '/api/rejected']) {
      expect((await send(backend.url + path, { cookie: `other=1; ${cookie}` })).status).toBe(200)
      expect((await send(backend.url + path)).status).toBe(401)
    }
    await backend.close()
    // Started again with the same token it still knows the page; with another it does not.
    const again = await runningBackend({ token: TOKEN })
    expect((await send(`${again.url}/api/goals`, { cookie })).status).toBe(200)
    const other = await runningBackend({ token: `${TOKEN}!` })
    expect((await send(`${other.url}/api/goals`, { cookie })).status).toBe(401)
  })

  it('cannot be forged or prolonged', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const { headers } = await signIn(backend.url, TOKEN)
    const value = headers['set-cookie']?.[0]?.split(/[=;]/)[1] ?? ''
    const [until = '', signature = ''] = value.split('.')
    const bad = ['', 'x', until, `${Number(until) + 1}.${signature}`, `${until}.${signature}x`, `9e99.${signature}`]
    for (const one of bad) {
      const cookie = `goaltrace_session=${one}`
      expect((await send(`${backend.url}/api/goals`, { cookie })).status).toBe(401)
    }
  })

  it('lasts 30 days', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const { headers } = await signIn(backend.url, TOKEN)
    const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const now = Date.now()
    for (const [days, status] of [
      [29.9, 200],
      [30.1, 401],
    ] as const) {
      vi.setSystemTime(now + days * 86_400_000)
      expect((await send(`${backend.url}/api/goals`, { cookie })).status).toBe(status)
    }
  })

  it('keeps the cookie to TLS where the page came by it', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const headers = { origin: 'https://goals.example', 'sec-fetch-site': 'same-origin' }
    const answer = await signIn(backend.url, TOKEN, headers)
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; Secure$/)
  })

  it('is slowed after wrong tokens, also for the right one, and says for how long', async () => {
    const backend = await runningBackend({ token: TOKEN })
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    for (let at = 0; at < 5; at++) expect((await signIn(backend.url, `guess ${at}`)).status).toBe(401)
    const slowed = await signIn(backend.url, TOKEN)
    expect([slowed.status, slowed.headers['retry-after']]).toEqual([429, '60'])
    // Who has the token in a header is not slowed.
    expect((await send(`${backend.url}/api/goals`, { authorization: `Bearer ${TOKEN}` })).status).toBe(200)
    vi.setSystemTime(Date.now() + 60_001)
    expect((await signIn(backend.url, TOKEN)).status).toBe(204)
  })

  it('is answered with what to send', async () => {
    const backend = await runningBackend({ token: TOKEN })
    expect((await signIn(backend.url, 7)).status).toBe(400)
    expect((await signIn(backend.url, 'x'.repeat(5000))).status).toBe(413)
    expect((await signIn(backend.url, TOKEN, { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('is not needed where no token is required', async () => {
    const backend = await runningBackend()
    const { status, headers } = await signIn(backend.url, 'anything')
    expect([status, headers['set-cookie']]).toEqual([204, undefined])
  })

  it('leaves the token out of every answer', async () => {
    const backend = await runningBackend({ token: TOKEN })
    const authorization = `Bearer ${TOKEN}`
    const paths = ['/', '/api/about', '/api/goals?search=x', '/metrics', '/openapi.json', '/nowhere']
    for (const path of paths) {
      const { headers, body } = await send(backend.url + path, { authorization })
      expect(JSON.stringify(headers) + body).not.toContain(TOKEN)
    }
  })
})
