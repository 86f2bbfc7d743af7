/** What a receiver answers. */
export interface HttpAnswer {
  readonly status: number
  readonly statusMessage: string
  /** By their names in lower case; of a repeated one the last. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Whether the connection takes another request. */
  readonly isKept: boolean
}

const HEAD_END = '\r\n\r\n'
const LONGEST_HEAD = 64 * 1024

/**
 * Reads an answer of HTTP/1.1 (https://www.rfc-editor.org/rfc/rfc9112) to a POST, of which Node's own reader needs an event loop.
 * @param isEnd Whether nothing follows these bytes.
 * @returns undefined while it is not complete.
 * @throws where it is no answer, or ends too early.
 */
export function httpAnswer(bytes: Buffer, isEnd: boolean): HttpAnswer | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) {
    if (isEnd) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    if (bytes.length > LONGEST_HEAD) throw new Error(`the answer's head is longer than ${LONGEST_HEAD} bytes`)
    return undefined
  }
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, minor, status, statusMessage = ''] = /^HTTP\/1\.(\d) (\d{3})(?: (.*))?$/.exec(first) ?? []
  if (status === undefined) throw new Error('the answer is no HTTP/1.1')
  const rest = bytes.subarray(end + HEAD_END.length)
  // 100 Continue and its like announce another.
  if (status.startsWith('1')) return httpAnswer(rest, isEnd)
  const headers = headersOf(lines)
  const found = body(Number(status), headers, rest, isEnd)
  if (found === undefined) return undefined
  const { connection = '' } = headers
  const isKept = found.isBounded && minor === '1' && !/\bclose\b/i.test(connection)
  return { status: Number(status), statusMessage, headers, body: found.body, isKept }
}

function headersOf(lines: readonly string[]): HttpAnswer['headers'] {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}

interface Body {
  readonly body: Uint8Array
  /** Whether the answer itself says where the body ends. */
  readonly isBounded: boolean
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
function body(status: number, headers: HttpAnswer['headers'], rest: Buffer, isEnd: boolean): Body | undefined {
  if (status === 204 || status === 304) return { body: Buffer.of(), isBounded: true }
  const { 'transfer-encoding': encoding, 'content-length': length } = headers
  if (encoding && /\bchunked\s*$/i.test(encoding)) return chunked(rest, isEnd)
  if (encoding === undefined && length !== undefined) {
    if (rest.length >= Number(length)) return { body: rest.subarray(0, Number(length)), isBounded: true }
    if (!isEnd) return undefined
    // The status says whether what was sent is taken.
    return { body: Buffer.of(), isBounded: false }
  }
  return isEnd ? { body: rest, isBounded: false } : undefined
}

function chunked(bytes: Buffer, isEnd: boolean): Body | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) {
      // Trailers, if any, and an empty line.
      const isOver = bytes.indexOf(HEAD_END, lineEnd) >= 0
      if (isOver || isEnd) return { body: Buffer.concat(chunks), isBounded: isOver }
      return undefined
    }
    const start = lineEnd + 2
    if (Number.isNaN(size) || bytes.length < start + size + 2) {
      if (lineEnd >= 0 && Number.isNaN(size)) throw new Error('the answer has a chunk without a size')
      return isEnd ? { body: Buffer.of(), isBounded: false } : undefined
    }
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
}
