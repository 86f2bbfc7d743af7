import type { Agent, IncomingMessage } from 'node:http'
import { RETRYABLE } from './delivery-fault.ts'

/** An answer longer than this is not OTLP. */
export const LONGEST_ANSWER = 4 * 1024 * 1024

export interface OtlpRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'none' | 'gzip'
  /** Loads http, so it is asked only where that sends. */
  readonly agent: () => Agent
}

/** A request as it is sent. */
export interface OtlpMessage {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface OtlpAnswer {
  readonly status: number
  readonly statusMessage: string
  readonly retryAfter: string | undefined
  readonly body: Uint8Array
}

/** Why there is no answer. */
export interface ExchangeFault {
  readonly fault: string
  readonly code: string | undefined
  /** Whether the time was over. */
  readonly isLate: boolean
}

let blocking: ((message: OtlpMessage) => OtlpAnswer | ExchangeFault) | undefined

/** From now on requests are sent by this function, as the thread's event loop no longer runs. */
export function sendBlocking(send: typeof blocking): void {
  blocking = send
}

/** Milliseconds after which to send a request again; undefined where it is the exporter's choice. */
export type RetryAfter = number | undefined

/** The answers by which a receiver asks for the same again: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes. */
const RETRYABLE_STATUS = new Set([429, 502, 503, 504])
const RETRYABLE_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
])

/** As OpenTelemetry's exporters call it, whose name is the `error.type` of metrics. */
export class OtlpError extends Error {
  override readonly name = 'OTLPExporterError'
  /** The status of the answer, unless it asks for the same again. */
  readonly code: number | undefined
  readonly retryAfterMs: RetryAfter

  constructor(message: string, code?: number, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

export class TimedOut extends Error {}

/** What a failed request is followed by: another one after a pause, at once, or none. */
export function nextAttempt(error: unknown): 'later' | 'at once' | 'none' {
  const { message, code, isStale } = error as Error & { code?: unknown; isStale?: boolean }
  if (isStale) return 'at once'
  return message === RETRYABLE || RETRYABLE_CODES.has(code as string) ? 'later' : 'none'
}

/**
 * One request, and the answer's body.
 * @throws {OtlpError} where the receiver answers that it does not take it; else what Node says of the connection.
 */
export async function post(request: OtlpRequest, body: Uint8Array, limitMs: number): Promise<Uint8Array> {
  const { url, compression } = request
  const encoding = compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}
  const headers = { ...request.headers, ...encoding }
  if (blocking) {
    const packed = compression === 'gzip' ? process.getBuiltinModule('node:zlib').gzipSync(body) : body
    return accepted(sent(blocking({ url, headers, body: packed })))
  }
  const message = { url, headers, body: compression === 'gzip' ? await gzipped(body) : body }
  return accepted(await overHttp(message, request.agent(), limitMs))
}

function sent(answer: OtlpAnswer | ExchangeFault): OtlpAnswer {
  if (!('fault' in answer)) return answer
  const { fault, code, isLate } = answer
  throw isLate ? new TimedOut('Request timed out') : Object.assign(new Error(fault), code && { code })
}

/** @returns the answer's body. */
function accepted({ status, statusMessage, retryAfter, body }: OtlpAnswer): Uint8Array {
  if (status <= 299) return body
  if (RETRYABLE_STATUS.has(status)) throw new OtlpError(RETRYABLE, undefined, retryAfterMs(retryAfter))
  throw new OtlpError(statusMessage, status)
}

function overHttp({ url, headers, body }: OtlpMessage, agent: Agent, limitMs: number): Promise<OtlpAnswer> {
  // Loaded where it is wanted: TLS takes longer than all else of an exit.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } }
    const outgoing = request(url, options, (answer) => {
      read(answer)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })
    const timer = setTimeout(() => {
      reject(new TimedOut('Request timed out'))
      outgoing.destroy()
    }, limitMs).unref()
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      // The receiver has closed a connection that was kept, which says nothing about the next.
      const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      reject(isStale ? Object.assign(error, { isStale }) : error)
    })
    outgoing.end(body)
  })
}

function gzipped(body: Uint8Array): Promise<Uint8Array> {
  const { gzip } = process.getBuiltinModule('node:zlib')
  return new Promise((resolve, reject) => gzip(body, (error, result) => (error ? reject(error) : resolve(result))))
}

async function read(answer: IncomingMessage): Promise<OtlpAnswer> {
  const { statusCode: status = 0, statusMessage = '', headers } = answer
  return { status, statusMessage, retryAfter: headers['retry-after'], body: await bodyOf(answer) }
}

async function bodyOf(answer: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer) {
      size += chunk.length
      if (size > LONGEST_ANSWER) break
      chunks.push(chunk)
    }
  } catch {
    // What was sent has been taken, or not, as the status says.
    return Buffer.of()
  }
  if (size > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`)
  return Buffer.concat(chunks)
}

/** https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Retry-After */
function retryAfterMs(header: string | undefined): RetryAfter {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
