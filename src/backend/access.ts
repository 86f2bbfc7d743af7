import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** `127.0.0.0/8`, `::1` and `localhost`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * Refuses, with a Refusal, whom the backend is not for.
 *
 * On loopback a browser is the danger: a page of any site may post here, and a name of its own that resolves to
 * 127.0.0.1 (DNS rebinding) would let it read the answers. Such a request carries the site's name in Host.
 */
export function gate(host: string, token: string | undefined): (request: IncomingMessage) => void {
  const onLoopback = isLoopback(host)
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`)
  return (request) => {
    if (onLoopback && !isLoopback(hostname(request.headers.host))) {
      throw new Refusal(403, 'This backend serves loopback only: call it by 127.0.0.1 or localhost.')
    }
    // Digests, because timingSafeEqual demands equal lengths, and a length tells something too.
    if (expected && !timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      throw new Refusal(401, 'This backend demands its token: send the header Authorization: Bearer GOALTRACE_TOKEN.', {
        'www-authenticate': 'Bearer',
      })
    }
  }
}

function hostname(host: string | undefined): string {
  return (host ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
