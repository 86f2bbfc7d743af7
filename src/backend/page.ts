import type { HttpResponse } from './http/http-response.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import { pageWithGoals } from './page-goals.ts'
import type { Methods, RequestContext } from './request-context.ts'

/** The addresses of the page's files, and `/`, which lists the API for a program. */
export function pageRoutes(files: ReadonlyMap<string, PageFile> = readPageFiles()): ReadonlyMap<string, Methods> {
  const routes = new Map<string, Methods>()
  for (const [path, file] of files) routes.set(path, { GET: (context) => fileResponse(context, file) })
  const index = files.get('/')
  const root = (context: RequestContext) =>
    index && wantsHtml(context) ? (pageWithGoals(context, index) ?? fileResponse(context, index)) : WELCOME
  const varied = (response: HttpResponse): HttpResponse => ({
    ...response,
    headers: { ...response.headers, vary: 'accept' },
  })
  return routes.set('/', { GET: (context) => varied(root(context)) })
}

/** Browsers ask for HTML; curl and its like take anything. */
function wantsHtml({ request }: RequestContext): boolean {
  return (request.headers.accept ?? '').includes('text/html')
}

function fileResponse({ request }: RequestContext, { type, etag, body }: PageFile): HttpResponse {
  // Kept by the browser, and asked for again each time: a new goaltrace is a new page at once.
  const headers = { etag, 'cache-control': 'no-cache' }
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return known.includes(etag) ? { type, body: '', status: 304, headers } : { type, body, headers }
}

const WELCOME: HttpResponse = {
  type: 'text/plain; charset=utf-8',
  body: `goaltrace backend: the goals of your agents

POST /v1/logs                          OTLP/HTTP: goal events
POST /v1/traces, /v1/metrics           the other signals of the same agents
POST /codex/analytics-events/events    {"events":[…]}, as Codex posts it
GET  /api/goals                        one a goal: status, tokens, time; newest first
GET  /api/goals/THREAD/GOAL            one goal: its events and spans
GET  /api/events?after=CURSOR          events in the order of arrival
GET  /api/events/stream                the same, as they arrive
GET  /api/now                          what runs, what is blocked
GET  /api/summary                      what was created and finished, and why goals stopped
GET  /api/rejected                     goal records kept aside, with the reason
GET  /api/rejected/reasons             how many there are of each reason
GET  /api/about                        this backend
GET  /openapi.json                     all of this, exactly
GET  /metrics                          for Prometheus
GET  /healthz

A browser shows a page here.
`,
}
