import { describe, expect, it, onTestFinished } from 'vitest'
import { clock } from '../../src/base/clock.ts'
import { BlockingExchange } from '../../src/telemetry/blocking-exchange.ts'
import { rawReceiver } from './raw-receiver.ts'

const TAKEN = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n'
const LIMIT_MS = 30_000

function exchange(url: string, limitMs = LIMIT_MS) {
  const made = BlockingExchange.to([url], clock.now() + limitMs)
  if (made === undefined) throw new Error(`no exchange with ${url}`)
  onTestFinished(() => made.close())
  return (text: string, headers = {}) => made.send({ url, headers, body: Buffer.from(text) })
}

describe('a request without an event loop', () => {
  it('is answered, and the next takes the same connection', async () => {
    const { port, heard } = await rawReceiver(['HTTP/1.1 200 |OK\r\nContent-Length: 2\r\n\r|\n{|}', TAKEN])
    const send = exchange(`http://me:p%40ss@127.0.0.1:${port}/v1/logs?a=b`)
    expect(send('{"a":1}', { 'x-key': 'é' })).toMatchObject({ status: 200, body: Buffer.from('{}') })
    expect(send('x'.repeat(5_000_000))).toMatchObject({ status: 200 })
    const { connections, heard: requests } = await heard()
    expect([connections, requests.length]).toEqual([1, 2])
    expect(requests[0]?.split('\r\n')).toEqual([
      'POST /v1/logs?a=b HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      `authorization: Basic ${btoa('me:p@ss')}`,
      'x-key: é',
      'content-length: 7',
      'connection: keep-alive',
      '',
      '{"a":1}',
    ])
    expect(requests[1]).toHaveLength((requests[1]?.indexOf('\r\n\r\n') ?? 0) + 4 + 5_000_000)
  })

  it.each([
    [
      'has closed it with the answer',
      ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}END', TAKEN],
    ],
    ['closes it unasked', [`${TAKEN}END`, TAKEN]],
    ['resets it at the second request', [TAKEN, 'cut', TAKEN]],
  ])('takes another connection where the receiver %s', async (_, answers) => {
    const { port, heard } = await rawReceiver(answers)
    const send = exchange(`http://127.0.0.1:${port}/`)
    expect([send('a'), send('b')]).toMatchObject([{ status: 200 }, { status: 200 }])
    expect((await heard()).connections).toBe(2)
  })

  it('says what the receiver asks for', async () => {
    const { port } = await rawReceiver([BUSY])
    expect(exchange(`http://127.0.0.1:${port}/`)('a')).toMatchObject({ status: 503, retryAfter: '3' })
  })

  it('finds a receiver that listens at the second address of localhost', async () => {
    const { port } = await rawReceiver([TAKEN], '::1')
    expect(exchange(`http://localhost:${port}/`)('a')).toMatchObject({ status: 200 })
  })

  it.each([
    ['resets the first connection', 'cut', LIMIT_MS, 'ECONNRESET', false],
    ['never answers', 'hang', 200, undefined, true],
    ['never ends its answer', 'endless', 200, undefined, true],
    ['is no web server', 'SSH-2.0-x\r\n\r\n', LIMIT_MS, undefined, false],
  ])('fails where the receiver %s', async (_, answer, limitMs, code, isLate) => {
    const { port, heard } = await rawReceiver([answer])
    expect(exchange(`http://127.0.0.1:${port}/`, limitMs)('a')).toMatchObject({ code, isLate })
    expect((await heard()).heard).toHaveLength(1)
  })

  it('fails where nobody listens, in the words of Node', () => {
    expect(exchange('http://localhost:1/')('a')).toEqual({
      fault: 'connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED ::1:1',
      code: 'ECONNREFUSED',
      isLate: false,
    })
  })

  it('sends only the first after the deadline, as it is ready', async () => {
    const { port, heard } = await rawReceiver(['hang'])
    const send = exchange(`http://127.0.0.1:${port}/`, -1)
    expect([send('a'), send('b')]).toMatchObject([{ isLate: true }, { isLate: true }])
    expect((await heard()).heard).toHaveLength(1)
  })

  it('sends no header that would be two', async () => {
    const { port, heard } = await rawReceiver([TAKEN])
    const url = `http://127.0.0.1:${port}/`
    expect(exchange(url)('a', { 'x-key': 'a\r\nb: c' })).toMatchObject({ fault: expect.stringContaining('x-key') })
    expect(exchange(url)('a', { 'x key': 'a' })).toMatchObject({ fault: expect.stringContaining('x key') })
    expect((await heard()).heard).toHaveLength(0)
  })

  it.each(['https://127.0.0.1:1/', 'http://receiver.example/'])('is not tried to %s, which takes more', (url) => {
    expect(BlockingExchange.to(['http://127.0.0.1:1/', url], clock.now() + 1)).toBeUndefined()
  })
})
