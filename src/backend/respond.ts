import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError, notNow } from './http/http-error.ts'
import type { HttpResponse } from './http/http-response.ts'
import { mediaType } from './http/request-body.ts'
import { statusAnswer } from './ingest/otlp-response.ts'

/**
 * Headers of every answer: a browser that shows it runs and loads only this server's own files, never
 * embeds it, and does not send its address to other sites. There is no CORS header, so that no other page can read it.
 */
const SAFE = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** The most bytes of unread answers that this process holds; short answers are not refused above it. */
const MOST_UNREAD = 128 * 1024 * 1024
const SHORT = 64 * 1024

let unread = 0

/** @throws {HttpError} 503 for a long answer while slow readers leave too much unread. */
export function affordable(answer: HttpResponse): HttpResponse {
  const length = typeof answer.body === 'function' ? 0 : answer.body.length
  if (length <= SHORT || unread + length <= MOST_UNREAD) return answer
  throw notNow('Too many long answers have not been read yet.')
}

/** Writes an answer; to HEAD without its body. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  const { status = 200, type, body, headers } = answer
  const bare = status === 204 || status === 304
  const length = typeof body === 'function' ? 0 : Buffer.byteLength(body)
  unread += length
  response.once('close', () => {
    unread -= length
  })
  response.writeHead(status, {
    ...SAFE,
    ...(bare ? {} : { 'content-type': type }),
    ...(bare || typeof body === 'function' ? {} : { 'content-length': length }),
    ...headers,
  })
  if (request.method === 'HEAD' || bare) response.end()
  else if (typeof body === 'function') body(response)
  else response.end(body)
}

/** @param request Its type is that of the answer. */
export function refusalAnswer(
  error: unknown,
  request: IncomingMessage,
  report?: (trouble: string) => void,
): HttpResponse {
  let refusal = error
  if (!(refusal instanceof HttpError)) {
    // What the sender did wrong is a HttpError; whatever else failed is on this side.
    const said = error instanceof Error ? error.message : String(error)
    refusal = notNow(`This backend cannot do that now: ${said.replace(/\.+$/, '')}.`)
    report?.((refusal as HttpError).message)
  }
  const { status, message, headers } = refusal as HttpError
  return { status, headers, ...statusAnswer(mediaType(request), message) }
}
