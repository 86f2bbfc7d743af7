import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseJson } from './json.ts'
import { Refusal } from './refusal.ts'

/** Bytes of a body, before and after decompression. */
export const LARGEST_BODY = 8 * 1024 * 1024

const unzip = promisify(gunzip)

/**
 * The body of a request, whole and decompressed.
 * @throws {Refusal} 413 above LARGEST_BODY, 415 for an encoding other than gzip, 400 for what gzip cannot read.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const sent = await receive(request)
  if (encoding === 'identity') return sent
  if (encoding !== 'gzip') throw new Refusal(415, `Content encoding ${encoding} is not read here: send gzip or none.`)
  try {
    return await unzip(sent, { maxOutputLength: LARGEST_BODY })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new Refusal(400, `The body is not gzip: ${(error as Error).message}.`)
  }
}

/** @throws {Refusal} as readBody does, 415 for another type than JSON, 400 for what is no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = mediaType(request)
  if (type !== 'application/json') {
    throw new Refusal(
      415,
      `Content type ${type || '(none)'} is not read here: send application/json (OTEL_EXPORTER_OTLP_PROTOCOL=http/json).`,
    )
  }
  const body = await readBody(request)
  if (!isUtf8(body)) throw new Refusal(400, 'The body is not UTF-8.')
  try {
    return parseJson(body.toString('utf8'))
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${(error as Error).message}.`)
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

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // What is too large is read to its end and thrown away: a client that still writes when the connection closes sees a
  // broken pipe and not the answer. How long that may take is bounded by the server's request timeout.
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length <= LARGEST_BODY) chunks.push(chunk)
      else chunks.length = 0
    }
  } catch {
    throw new Refusal(400, 'The request broke off.')
  }
  if (length > LARGEST_BODY) throw tooLarge()
  return Buffer.concat(chunks, length)
}

function tooLarge(): Refusal {
  return new Refusal(413, `The body is larger than ${LARGEST_BODY} bytes: send smaller batches.`)
}
