import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { parseJson } from '../../otlp/json.ts'
import { isTooDeep } from '../../otlp/json-depth.ts'
import { HttpError } from './http-error.ts'

/** Bytes of a body, before and after decompression. */
const LARGEST_BODY = 8 * 1024 * 1024
/** Bytes of all bodies that this process holds, decompressed: those that arrive, and those that are being committed. */
const MOST_HELD = 32 * 1024 * 1024

let held = 0

export const JSON_TYPE = 'application/json'
export const PROTOBUF_TYPE = 'application/x-protobuf'

/**
 * Uses the body of a request, whole and decompressed.
 * @param types Media types that are read.
 * @param use Also gets the number of bytes that were sent.
 * @throws {HttpError} 413 above LARGEST_BODY, 429 where too many bodies are held already, 415 for another type, or an
 * encoding other than gzip, 400 for what gzip cannot read.
 */
export async function withBody<T>(
  request: IncomingMessage,
  types: readonly string[],
  use: (body: Buffer, sent: number) => T | Promise<T>,
): Promise<T> {
  const type = mediaType(request)
  if (!types.includes(type)) {
    throw new HttpError(415, `Content type ${type || '(none)'} is not accepted here: send ${types.join(' or ')}.`)
  }
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new HttpError(415, `Content encoding ${encoding} is not accepted here: send gzip or none.`)
  }
  const sent = await receive(request)
  let length = sent.length
  try {
    const body = encoding === 'gzip' ? unzipped(sent) : sent
    held += body.length - length
    length = body.length
    if (held > MOST_HELD) throw overloaded()
    return await use(body, sent.length)
  } finally {
    held -= length
  }
}

/** @throws {HttpError} 400 for what is not JSON; and as withBody does. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  return withBody(request, [JSON_TYPE], jsonOf)
}

/** @throws {HttpError} 400 for what is not JSON. */
export function jsonOf(body: Buffer): unknown {
  if (!isUtf8(body)) throw new HttpError(400, 'The body is not UTF-8.')
  const text = body.toString('utf8')
  if (isTooDeep(text)) throw new HttpError(400, 'The body is nested too deeply.')
  try {
    return parseJson(text)
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}.`)
  }
}

/** Reads what is left of a body and throws it away; what goes wrong with it no longer matters. */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return
  await new Promise<void>((resolve) => {
    request
      .once('close', resolve)
      .once('end', resolve)
      .once('error', () => resolve())
      .resume()
  })
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Synchronous: zlib's asynchronous functions work on all bodies in turns, and hold a part of each. */
function unzipped(sent: Buffer): Buffer {
  try {
    return gunzipSync(sent, { maxOutputLength: LARGEST_BODY })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new HttpError(400, `The body is not gzip: ${(error as Error).message}.`)
  }
}

/** The caller subtracts the length of the body from `held` again. */
function receive(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let refusal: HttpError | undefined
    const letGo = (because: HttpError) => {
      if (refusal) return
      refusal = because
      held -= length
      chunks.length = 0
    }
    request
      .on('data', (chunk: Buffer) => {
        // A refused body is read to its end and thrown away: a client that still writes when the connection closes sees
        // a broken pipe and not the answer. How long that may take is bounded by the server's request timeout.
        if (refusal) return
        if (length + chunk.length > LARGEST_BODY) letGo(tooLarge())
        else if (held + chunk.length > MOST_HELD) letGo(overloaded())
        else {
          chunks.push(chunk)
          length += chunk.length
          held += chunk.length
        }
      })
      .once('end', () => {
        if (refusal) reject(refusal)
        else resolve(Buffer.concat(chunks, length))
        // These listeners live as long as the request does.
        chunks.length = 0
      })
      // Also after 'end', when none of this has an effect.
      .once('close', () => {
        if (request.complete) return
        letGo(new HttpError(400, 'The request broke off.'))
        reject(refusal)
      })
      .once('error', () => {})
  })
}

function tooLarge(): HttpError {
  return new HttpError(413, `The body is larger than ${LARGEST_BODY} bytes: send smaller batches.`)
}

/**
 * Like 503, but the cause is the senders' load, not the file:
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling
 */
function overloaded(): HttpError {
  return new HttpError(429, 'More is being sent to this backend than it can hold: send it again later.', {
    'retry-after': '1',
  })
}
