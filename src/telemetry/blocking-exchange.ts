import { clock } from '../base/clock.ts'
import { reason } from '../base/diagnose.ts'
import { BlockingConnection, DeadlineError } from './blocking-connection.ts'
import { type HttpAnswer, httpAnswer } from './http-answer.ts'
import { addressesKnown } from './name-lookup.ts'
import { type ExchangeFault, LONGEST_ANSWER, type OtlpAnswer, type OtlpMessage } from './otlp-request.ts'
import { isProxied } from './proxy-use.ts'

/** A receiver whose address is known. */
interface Place {
  readonly url: URL
  readonly port: number
  readonly addresses: readonly string[]
}

const HTTP_PORT = 80
/** On a busy machine the limit may be over before the first request, which has cost most of its time by then: it still gets this. */
const FIRST_REQUEST_MS = 50
/** What the system says of a connection that the receiver has closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE'])

/** Requests, and their answers, while nothing else of this thread runs. */
export class BlockingExchange {
  readonly #places: ReadonlyMap<string, Place>
  #deadline: number
  #isFirst = true
  /** Connections by host that have answered and can take another request. */
  readonly #kept = new Map<string, BlockingConnection>()
  /** Connections by address that are opened before they are needed. */
  readonly #ahead = new Map<string, BlockingConnection>()

  /**
   * @param deadline Of `clock.now()`.
   * @returns undefined where one of the addresses needs more than a plain socket (TLS, a proxy, a name lookup), or on Windows.
   */
  static to(urls: readonly string[], deadline: number): BlockingExchange | undefined {
    const places = new Map<string, Place>()
    for (const url of urls) {
      const place = placeOf(url)
      if (place === undefined) return undefined
      places.set(url, place)
    }
    const exchange = new BlockingExchange(places, deadline)
    return exchange.#isPossible() ? exchange : undefined
  }

  private constructor(places: ReadonlyMap<string, Place>, deadline: number) {
    this.#places = places
    this.#deadline = deadline
  }

  /** Never throws: an error of this realm is not an `instanceof Error` in the realm of the script that sends at an exit. */
  readonly send = (message: OtlpMessage): OtlpAnswer | ExchangeFault => {
    const deadline = this.#deadline
    if (this.#isFirst) this.#deadline = Math.max(deadline, clock.now() + FIRST_REQUEST_MS)
    this.#isFirst = false
    try {
      const place = this.#places.get(message.url)
      if (place === undefined) throw new Error(`no connection to ${message.url} is prepared`)
      if (this.isLate) throw new DeadlineError()
      const { status, statusMessage, headers, body } = this.#answer(place, requestBytes(place.url, message))
      return { status, statusMessage, retryAfter: headers['retry-after'], body }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return { fault: reason(error), code, isLate: error instanceof DeadlineError }
    } finally {
      this.#deadline = deadline
    }
  }

  get isLate(): boolean {
    return clock.now() >= this.#deadline
  }

  close(): void {
    for (const connection of [...this.#kept.values(), ...this.#ahead.values()]) connection.close()
  }

  /** The first connection is opened now, so that it is there when the request is made. */
  #isPossible(): boolean {
    const [place] = this.#places.values()
    const [address] = place?.addresses ?? []
    if (place === undefined || address === undefined) return true
    try {
      const connection = BlockingConnection.open(address, place.port)
      if (connection) this.#ahead.set(`${address} ${place.port}`, connection)
      return connection !== undefined
    } catch {
      // It is reported when something is to be sent there.
      return true
    }
  }

  #answer(place: Place, request: Buffer): HttpAnswer {
    const { host } = place.url
    const kept = this.#kept.get(host)
    this.#kept.delete(host)
    if (kept === undefined) return this.#read(this.#connect(place, request), host)
    try {
      kept.write(request, this.#deadline)
      return this.#read(kept, host)
    } catch (error) {
      // The receiver has closed a connection that was kept, which says nothing about the next.
      if (!CLOSED.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
    return this.#read(this.#connect(place, request), host)
  }

  /** @returns the first connection that takes the request. */
  #connect({ addresses, port }: Place, request: Buffer): BlockingConnection {
    const faults: NodeJS.ErrnoException[] = []
    for (const [n, address] of addresses.entries()) {
      const now = clock.now()
      const isLast = n === addresses.length - 1
      const limit = isLast ? this.#deadline : now + (this.#deadline - now) / 2
      try {
        return this.#requested(address, port, request, limit)
      } catch (error) {
        if (isLast && error instanceof DeadlineError) throw error
        faults.push(error as NodeJS.ErrnoException)
      }
    }
    throw Object.assign(new Error(faults.map(reason).join(', ')), { code: faults.at(-1)?.code })
  }

  #requested(address: string, port: number, request: Buffer, deadline: number): BlockingConnection {
    const key = `${address} ${port}`
    const ahead = this.#ahead.get(key)
    this.#ahead.delete(key)
    const connection = ahead ?? BlockingConnection.open(address, port)
    if (connection === undefined) throw new Error('the system gives no descriptor for a connection')
    try {
      connection.write(request, deadline)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #read(connection: BlockingConnection, host: string): HttpAnswer {
    let isKept = false
    try {
      let bytes = Buffer.of()
      // An answer that never ends is always ready to be read, so that no read waits until the deadline.
      for (let isRead = false; ; isRead = true) {
        if (isRead && this.isLate) throw new DeadlineError()
        const more = readOrEnd(connection, this.#deadline)
        bytes = Buffer.concat([bytes, more])
        const answer = httpAnswer(bytes, more.length === 0)
        if (bytes.length > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`)
        if (answer === undefined) continue
        isKept = answer.isKept
        if (isKept) this.#kept.set(host, connection)
        return answer
      }
    } finally {
      if (!isKept) connection.close()
    }
  }
}

function readOrEnd(connection: BlockingConnection, deadline: number): Buffer {
  try {
    return connection.read(deadline)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return Buffer.of()
    throw error
  }
}

function placeOf(text: string): Place | undefined {
  const url = new URL(text)
  if (url.protocol !== 'http:' || isProxied()) return undefined
  const addresses = addressesKnown(url.hostname)
  return addresses && { url, port: Number(url.port || HTTP_PORT), addresses }
}

function requestBytes(url: URL, { headers, body }: OtlpMessage): Buffer {
  const { username, password, pathname, search, host } = url
  const user = [username, password].map(decodeURIComponent).join(':')
  const all = {
    host,
    ...(username || password ? { authorization: `Basic ${Buffer.from(user).toString('base64')}` } : {}),
    ...headers,
    'content-length': String(body.length),
    connection: 'keep-alive',
  }
  const lines = Object.entries(all).map(([name, value]) => headerLine(name, value))
  const head = `POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/** @throws {TypeError} as Node does, for what would be another header. */
function headerLine(name: string, value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError(`Header name must be a valid HTTP token ["${name}"]`)
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError(`Invalid character in header content ["${name}"]`)
  return `${name}: ${value}\r\n`
}
