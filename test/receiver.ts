import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import type { AnyValue, KeyValue } from '../src/otlp/values.ts'
import { protobufRequest } from './protobuf-request.ts'

type Attributes = Record<string, string | number | boolean>

export interface ReceivedLog {
  readonly uid: string
  readonly eventName: string
  readonly attributes: Attributes
  readonly resource: Attributes
  readonly traceId: string
  readonly spanId: string
  readonly timeUnixNano: string
}

export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Attributes
  readonly resource: Attributes
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

export interface ReceivedMetric {
  readonly name: string
  readonly data: Record<string, never>
  readonly resource: Attributes
}

/** How a receiver answers: as it should, with a status, never, by cutting the connection, or with something that is not an answer. */
export type Mood =
  | 'ok'
  | 'hang'
  | 'cut'
  | 'half'
  | 'garbage'
  | 'nonsense'
  | 308
  | 400
  | 401
  | 404
  | 405
  | 415
  | 429
  | 500
  | 501
  | 503

/** An OTLP/HTTP receiver on loopback that keeps what it has answered 200 for, and fails on purpose. */
export class Receiver {
  readonly logs: ReceivedLog[] = []
  readonly spans: ReceivedSpan[] = []
  readonly metrics: ReceivedMetric[] = []
  /** Requests to /v1/logs, whatever they were answered. */
  logRequests = 0
  spanRequests = 0
  /** Paths and content types of all requests, in their order. */
  readonly requests: { readonly path: string; readonly type: string }[] = []
  /** Even to a request in protobuf. */
  answersInJson = false
  /** What it answers to some requests, whatever its mood is. */
  refuses: ((path: string, type: string) => number | 'never' | undefined) | undefined
  mood: Mood = 'ok'
  /** It answers so many requests to /v1/logs, and none after them. */
  hangsAfter = Number.POSITIVE_INFINITY
  /** A request with this in it is answered 400. */
  poison: string | undefined
  /** Log records with this in them are rejected by OTLP's partial success. */
  rejects: string | undefined
  readonly #server: Server

  /** Gone when the test is over. */
  static async start(): Promise<Receiver> {
    const receiver = await Receiver.listen()
    onTestFinished(async () => receiver.stop())
    return receiver
  }

  /** Outside a test; the caller stops it. */
  static async listen(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { url = '', headers } = request
      const type = headers['content-type'] ?? ''
      this.requests.push({ path: url, type })
      const sent = Buffer.concat(chunks)
      this.#answer(url, type, headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent, response)
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get uids(): string[] {
    return this.logs.map(({ uid }) => uid)
  }

  /** As if nothing had come so far. */
  forget(): void {
    for (const kept of [this.logs, this.spans, this.metrics]) kept.length = 0
    this.logRequests = 0
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(path: string, type: string, body: Buffer, response: ServerResponse): void {
    if (path === '/v1/logs') this.logRequests++
    if (path === '/v1/traces') this.spanRequests++
    if (this.mood === 'hang' || this.logRequests > this.hangsAfter) return
    if (this.mood === 'cut') return void response.destroy()
    if (this.mood === 'garbage') return void response.socket?.end('\0\x01 not HTTP\r\n\r\n')
    if (this.mood === 'nonsense') return void response.writeHead(200).end('<html>Welcome to nginx!</html>')
    if (this.mood === 'half') return void response.writeHead(200, { 'content-length': '1000' }).write('{"partial')
    if (this.poison && body.includes(this.poison)) return void response.writeHead(400).end('malformed')
    const refused = this.refuses?.(path, type)
    if (refused === 'never') return
    if (refused) return void response.writeHead(refused).end('no')
    if (this.mood !== 'ok') return void response.writeHead(this.mood, { 'content-type': 'application/json' }).end('{}')
    const isProtobuf = type === 'application/x-protobuf'
    const sent = isProtobuf ? protobufRequest(path, body) : JSON.parse(body.toString())
    let rejected = 0
    for (const { resource, scopeLogs } of sent.resourceLogs ?? []) {
      for (const log of scopeLogs.flatMap(({ logRecords }: { logRecords: object[] }) => logRecords)) {
        if (this.rejects && JSON.stringify(log).includes(this.rejects)) {
          rejected++
          continue
        }
        const attributes = plain(log.attributes)
        this.logs.push({ ...log, attributes, resource: plain(resource.attributes), uid: attributes['log.record.uid'] })
      }
    }
    for (const { resource, scopeSpans } of sent.resourceSpans ?? []) {
      for (const span of scopeSpans.flatMap(({ spans }: { spans: object[] }) => spans)) {
        this.spans.push({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) })
      }
    }
    for (const { resource, scopeMetrics } of sent.resourceMetrics ?? []) {
      for (const { name, ...data } of scopeMetrics.flatMap(({ metrics }: { metrics: object[] }) => metrics)) {
        this.metrics.push({ name, data, resource: plain(resource.attributes) })
      }
    }
    if (isProtobuf && !this.answersInJson)
      return void response.writeHead(200, { 'content-type': type }).end(partialSuccess(rejected))
    const answer =
      rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: 'too old' } }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }
}

/** An ExportLogsServiceResponse. */
function partialSuccess(rejected: number): Buffer {
  return rejected === 0 ? Buffer.of() : Buffer.concat([Buffer.of(10, 11, 8, rejected, 18, 7), Buffer.from('too old')])
}

/** The points of a sum or a gauge. */
export function pointsOf({ data }: ReceivedMetric): { readonly value: number; readonly attributes: Attributes }[] {
  type Points = { dataPoints?: { asInt?: string; asDouble?: number; attributes: KeyValue[] }[] }
  const [dataPoints = []] = Object.values<Points>(data).flatMap(({ dataPoints }) => (dataPoints ? [dataPoints] : []))
  return dataPoints.map(({ asInt, asDouble, attributes }) => ({
    value: Number(asInt ?? asDouble),
    attributes: plain(attributes),
  }))
}

export function plain(attributes: readonly KeyValue[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, scalar(value ?? {})]))
}

function scalar(value: AnyValue): string | number | boolean {
  return value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue)
}
