import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { HttpError } from './http-error.ts'

/** `127.0.0.0/8`, `::1` and `localhost`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * Refuses, with a HttpError, what a browser sends for the page of another site.
 *
 * Such a page may post to loopback, and its own name that resolves to 127.0.0.1 (DNS rebinding) would let it read
 * the answers too: then Host carries that name. Beyond loopback any name may be this server's, and the token guards it.
 */
export function gate(host: string): (request: IncomingMessage) => void {
  const onLoopback = isLoopback(host)
  return ({ headers, method }) => {
    if (onLoopback && !isLoopback(hostname(headers.host))) {
      throw new HttpError(403, 'This backend listens on loopback only: call it as 127.0.0.1 or localhost.')
    }
    if (!isOwn(headers) && !isFollowedLink(headers, method)) {
      throw new HttpError(
        403,
        'This backend answers no page but its own: call it from a program, or open its address in a browser.',
      )
    }
  }
}

/** https://www.w3.org/TR/fetch-metadata/: no page can set these headers, and no program has a reason to. */
function isOwn(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  // `same-site` is foreign too: it is any other port of this machine.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  // Behind a proxy Host may be another than the page's; the browser itself has compared then.
  if (origin === undefined || site === 'same-origin') return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

/** A link on any site may lead here: what it opens is seen by the user alone. */
function isFollowedLink(headers: IncomingHttpHeaders, method: string | undefined): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

function hostname(host: string | undefined): string {
  return (host ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}
