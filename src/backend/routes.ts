import { about } from './api/about.ts'
import { events } from './api/events.ts'
import { goalDetail } from './api/goal-detail.ts'
import { goals } from './api/goals.ts'
import { metricsText } from './api/metrics-route.ts'
import { now } from './api/now.ts'
import { rejected, rejectedReasons } from './api/rejected.ts'
import { summary } from './api/summary.ts'
import { HttpError } from './http/http-error.ts'
import { type HttpResponse, json } from './http/http-response.ts'
import { cursor, Parameters } from './http/parameters.ts'
import { session } from './http/session.ts'
import { INGEST_ROUTES } from './ingest/ingest-routes.ts'
import { openApi } from './openapi.ts'
import type { Methods, RequestContext } from './request-context.ts'

/** By pattern. HEAD works where GET does. */
export const ROUTES: Readonly<Record<string, Methods>> = {
  ...INGEST_ROUTES,
  '/healthz': { GET: () => json('{"status":"ok"}') },
  '/api/session': { POST: session },
  '/api/goals': { GET: goals },
  '/api/goals/{thread}/{goal}': { GET: goalDetail },
  '/api/events': { GET: events },
  '/api/events/stream': { GET: follow },
  '/api/now': { GET: now },
  '/api/summary': { GET: summary },
  '/api/rejected': { GET: rejected },
  '/api/rejected/reasons': { GET: rejectedReasons },
  '/api/about': { GET: about },
  '/metrics': { GET: metricsText },
  '/openapi.json': { GET: openApi },
}

/** Routes without a token: they serve no data, ask for the token, or leave out what needs one. */
export const OPEN: ReadonlySet<string> = new Set(['/', '/healthz', '/openapi.json', '/api/session'])

const PATTERNS = Object.keys(ROUTES)
  .filter((pattern) => pattern.includes('{'))
  .map((pattern) => ({ pattern, parts: pattern.split('/') }))

export interface Found {
  readonly pattern: string
  readonly params: Readonly<Record<string, string>>
}

/** @throws {HttpError} 400 if it is not percent-encoded. */
export function findRoute(path: string): Found | undefined {
  if (Object.hasOwn(ROUTES, path)) return { pattern: path, params: {} }
  const given = path.split('/')
  for (const { pattern, parts } of PATTERNS) {
    const fits = given.length === parts.length && parts.every((part, at) => part.startsWith('{') || part === given[at])
    if (!fits) continue
    const params = parts.map((part, at) => [part.slice(1, -1), decoded(given[at] ?? '')] as const)
    return { pattern, params: Object.fromEntries(params.filter((_, at) => parts[at]?.startsWith('{'))) }
  }
  return undefined
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpError(400, `${part} is not percent-encoded UTF-8.`)
  }
}

function follow({ request, query, streams }: RequestContext): HttpResponse {
  const asked = new Parameters(query, ['after']).cursor('after')
  // A reader that reconnects uses its first address, and sends in the header how far it has read.
  const seen = request.headers['last-event-id']
  const after = typeof seen === 'string' && seen !== '' ? cursor('Last-Event-ID', seen) : asked
  return { type: 'text/event-stream', body: streams.admit(after) }
}
