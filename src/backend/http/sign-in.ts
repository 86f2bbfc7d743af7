import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { HttpError } from './http-error.ts'

/** The name of the cookie that a page gets for the token. */
const SESSION_COOKIE = 'goaltrace_session'
/** Seconds for which a page stays signed in. */
const SESSION_LIFE = 30 * 24 * 3600
/** How many wrong tokens an address may try within WINDOW milliseconds. */
const TRIES = 5
const WINDOW = 60_000
/** Addresses that are remembered; above it the oldest is forgotten. */
const MOST_ADDRESSES = 1000

/** Checks who knows the token: programs send it with every request; a page sends it once and gets a cookie. */
export class SignIn {
  readonly #token: Buffer
  readonly #key: Buffer
  readonly #wrong = new Map<string, { count: number; readonly endsAt: number }>()

  constructor(token: string) {
    this.#token = digest(token)
    // From the token, so that pages stay signed in when the backend starts again and no longer when the token changes;
    // slowly, so that tokens cannot be tried at speed against a stolen cookie.
    this.#key = scryptSync(token, 'goaltrace session', 32)
  }

  /** @throws {HttpError} 401 for a request with neither the token nor a cookie that it was given for. */
  admit(request: IncomingMessage): void {
    // The scheme is case-insensitive: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
    const [, token] = /^bearer +(.*)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token !== undefined && equal(digest(token), this.#token)) return
    if (cookies(request).some((value) => this.#isSession(value))) return
    throw new HttpError(401, 'This backend requires a token: send the header Authorization: Bearer GOALTRACE_TOKEN.', {
      'www-authenticate': 'Bearer',
    })
  }

  /**
   * The Set-Cookie header for a page that sent the token.
   * @throws {HttpError} 401 for a wrong one, 429 for an address that has sent too many.
   */
  session(token: string, request: IncomingMessage): string {
    const address = request.socket.remoteAddress ?? ''
    const now = Date.now()
    const wrong = this.#wrong.get(address)
    const blocked = wrong && wrong.endsAt > now ? wrong : undefined
    if (blocked && blocked.count >= TRIES) {
      const seconds = Math.ceil((blocked.endsAt - now) / 1000)
      throw new HttpError(429, `Too many wrong tokens: try again in ${seconds} s.`, { 'retry-after': String(seconds) })
    }
    if (!equal(digest(token), this.#token)) {
      this.#wrong.delete(address)
      this.#wrong.set(address, { count: (blocked?.count ?? 0) + 1, endsAt: blocked?.endsAt ?? now + WINDOW })
      if (this.#wrong.size > MOST_ADDRESSES) this.#wrong.delete(this.#wrong.keys().next().value as string)
      throw new HttpError(
        401,
        'That is not the token of this backend: use the value of GOALTRACE_TOKEN that it was started with.',
      )
    }
    this.#wrong.delete(address)
    const until = String(Math.floor(now / 1000) + SESSION_LIFE)
    // Where TLS is in front of this server, only the page's own origin shows it, and a browser sends that with a POST.
    const secure = request.headers.origin?.startsWith('https:') ? '; Secure' : ''
    return `${SESSION_COOKIE}=${until}.${this.#sign(until)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIFE}${secure}`
  }

  #isSession(value: string): boolean {
    const [until = '', signature = ''] = value.split('.', 2)
    return equal(digest(signature), digest(this.#sign(until))) && Number(until) * 1000 > Date.now()
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

function cookies(request: IncomingMessage): string[] {
  return (request.headers.cookie ?? '')
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(`${SESSION_COOKIE}=`))
    .map((one) => one.slice(SESSION_COOKIE.length + 1))
}

/** Digests, because timingSafeEqual demands equal lengths, and a length is information too. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function equal(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other)
}
