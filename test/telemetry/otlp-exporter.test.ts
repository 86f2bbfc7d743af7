import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { otlpConfiguration } from '../../src/telemetry/otlp-configuration.ts'
import { OtlpExporter } from '../../src/telemetry/otlp-exporter.ts'
import { Retries } from '../../src/telemetry/retries.ts'

/** Of each request, the answer: a status with headers, or what to do with the socket. */
async function server(...answers: readonly RequestListener[]) {
  const bodies: Buffer[] = []
  const listener: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    bodies.push(Buffer.concat(chunks))
    const answer = answers[Math.min(bodies.length, answers.length) - 1]
    answer?.(request, response)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close().closeAllConnections())
  return { bodies, url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` }
}

const answer =
  (status: number, headers = {}, body = '{}'): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body)
const taken = answer(200)
const busy = answer(503, { 'retry-after': '0' })
const cut: RequestListener = (request) => request.socket.resetAndDestroy()

function exporter(url: string, env: NodeJS.ProcessEnv = {}) {
  const retries = new Retries()
  const pauses = vi.spyOn(retries, 'pause')
  const text = { serializeRequest: (text: string) => Buffer.from(text), deserializeResponse: () => ({}) }
  const configuration = otlpConfiguration('LOGS', { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env }, retries)
  const otlp = new OtlpExporter<string>(configuration, { 'http/json': text, 'http/protobuf': text })
  const send = (text: string) =>
    new Promise<Error | undefined>((resolve) => otlp.export(text, ({ error }) => resolve(error)))
  return { retries, pauses, send }
}

describe('a request that fails', () => {
  it.each([
    ['is answered 503', [busy]],
    ['is answered 429', [answer(429, { 'retry-after': '0' })]],
    ['loses its connection', [cut]],
  ] as const)('because it %s is sent again', async (_, first) => {
    const { url, bodies } = await server(...first, taken)
    const { send, pauses } = exporter(url)
    pauses.mockResolvedValue(true)
    expect(await send('a')).toBeUndefined()
    expect(bodies.map(String)).toEqual(['a', 'a'])
    expect(pauses).toHaveBeenCalledTimes(1)
  })

  it('is sent again after what the receiver asks for', async () => {
    const { url } = await server(answer(503, { 'retry-after': '2' }), taken)
    const { send, pauses } = exporter(url)
    pauses.mockResolvedValue(true)
    await send('a')
    expect(pauses).toHaveBeenCalledWith(2000)
  })

  it('is not sent again where the pause would last longer than its time limit', async () => {
    const { url, bodies } = await server(answer(503, { 'retry-after': '11' }), taken)
    const { send, pauses } = exporter(url)
    expect((await send('a'))?.message).toBe('Export failed with retryable status')
    expect([bodies.length, pauses.mock.calls.length]).toEqual([1, 0])
  })

  it.each([400, 401, 404, 413, 500])('because it is answered %i is not sent again', async (status) => {
    const { url, bodies } = await server(answer(status), taken)
    expect(await exporter(url, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }).send('a')).toMatchObject({ code: status })
    expect(bodies).toHaveLength(1)
  })

  it('six times is given up', async () => {
    const { url, bodies } = await server(busy)
    expect((await exporter(url).send('a'))?.message).toBe('Export failed with retryable status')
    expect(bodies).toHaveLength(6)
  })
})

describe('while the process ends, a request', () => {
  it.each([
    ['refused', 'http://127.0.0.1:1', 'ECONNREFUSED'],
    ['to an unknown name', 'http://nowhere.invalid:4318', undefined],
  ])('%s fails at once', async (_, url, code) => {
    const { send, retries, pauses } = exporter(url)
    retries.stop()
    const error = await send('a')
    expect(error).toBeInstanceOf(Error)
    if (code) expect(error).toMatchObject({ code })
    expect(pauses).not.toHaveBeenCalled()
  })

  it('that pauses just now fails at once', async () => {
    const { url, bodies } = await server(answer(503, { 'retry-after': '9' }))
    const { send, retries, pauses } = exporter(url)
    const sent = send('a')
    await vi.waitUntil(() => pauses.mock.calls.length > 0)
    retries.stop()
    expect(await sent).toBeInstanceOf(Error)
    expect(bodies).toHaveLength(1)
  })

  it('on a connection that the receiver has closed meanwhile is sent by another', async () => {
    const { url, bodies } = await server(taken, cut, taken)
    const { send, retries } = exporter(url)
    retries.stop()
    expect(await send('a')).toBeUndefined()
    expect(await send('b')).toBeUndefined()
    expect(bodies.map(String)).toEqual(['a', 'b', 'b'])
  })
})

it('a request without an answer fails when its time is over', async () => {
  const { url } = await server(() => {})
  const { send } = exporter(url, { OTEL_EXPORTER_OTLP_TIMEOUT: '50' })
  expect((await send('a'))?.message).toBe('Request timed out')
})

it('a request whose time is over in a later attempt fails for what the receiver has answered', async () => {
  const { url } = await server(answer(503, { 'retry-after': '0' }), () => {})
  const { send } = exporter(url, { OTEL_EXPORTER_OTLP_TIMEOUT: '500' })
  expect((await send('a'))?.message).toBe('Export failed with retryable status')
})

it('an answer longer than any of OTLP is no success', async () => {
  const { url } = await server(answer(200, {}, ' '.repeat(5 << 20)))
  expect((await exporter(url).send('a'))?.message).toMatch(/^the answer is longer than/)
})

it('is compressed where that is asked for, and says who sends', async () => {
  const { url, bodies } = await server((request, response) => response.writeHead(200, request.headers).end())
  const { send } = exporter(url, { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' })
  await send('a'.repeat(1000))
  expect(gunzipSync(bodies[0] ?? '').toString()).toBe('a'.repeat(1000))
})
