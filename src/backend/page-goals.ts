import type { ServerResponse } from 'node:http'
import { goals } from './api/goals.ts'
import { now } from './api/now.ts'
import { type Filter, firstGoalsQuery, goalsQuery, parseAddress } from './api/page-address.ts'
import type { HttpResponse } from './http/http-response.ts'
import type { PageFile } from './page-files.ts'
import type { RequestContext } from './request-context.ts'

/** The placeholder in src/page/index.html. */
const PLACE = '<!-- goals -->'

/**
 * The page with the goals in it that it shows first: those of its address, as GET /api/goals returns them, and GET /api/now. Otherwise a browser
 * asks for them only when it has the page's script and has run it. What stands before them is sent at once: a browser makes the page ready, and
 * asks for its files, while the goals are read. Undefined where the page asks for itself: for another view, and for a reader who has not signed in.
 */
export function pageWithGoals(context: RequestContext, { type, body }: PageFile): HttpResponse | undefined {
  const address = parseAddress(String(context.query))
  if (address.view !== 'goals') return undefined
  try {
    context.signIn?.admit(context.request)
  } catch {
    return undefined
  }
  const [head = '', rest = ''] = String(body).split(PLACE)
  const write = (response: ServerResponse) => {
    response.write(head)
    // Reading goals holds this thread: what was written goes out first.
    setImmediate(() => response.end(firstGoals(context, address.filter) + rest))
  }
  return { type, body: write }
}

function firstGoals(context: RequestContext, filter: Filter): string {
  try {
    const query = goalsQuery(filter)
    const page = goals({ ...context, query: new URLSearchParams(firstGoalsQuery(query)) }).body
    const { service } = filter
    const running = now({ ...context, query: new URLSearchParams(service === null ? [] : { service }) }).body
    return dataBlock(`{"query":${JSON.stringify(query)},"page":${page},"now":${running}}`)
  } catch {
    // Whatever it is, the page meets the same error and shows it.
    return ''
  }
}

/**
 * Data, which a browser does not run and the Content-Security-Policy need not allow; escaped, so that no text in it can
 * close the element.
 */
function dataBlock(json: string): string {
  return `<script type="application/json" id="goals">${json.replaceAll('<', '\\u003c')}</script>`
}
