import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError, notNow } from './http/http-error.ts'
import type { HttpResponse } from './http/http-response.ts'
import { discardBody } from './http/request-body.ts'
import { pageRoutes } from './page.ts'
import type { RequestContext } from './request-context.ts'
import { affordable, refusalAnswer, respond } from './respond.ts'
import { findRoute, OPEN, ROUTES } from './routes.ts'

/** What all requests share. */
export type SharedContext = Omit<RequestContext, 'request' | 'query' | 'params'>

/** What a request is counted under: a route's pattern, and a method that it has. */
interface Counted {
  pattern: string
  method: string
}

export interface RequestGuard {
  /** @throws {HttpError} for a request that must not be answered, whatever its route. */
  readonly pass: (request: IncomingMessage) => void
  readonly closing: () => boolean
  /** Called with what went wrong on this side. */
  readonly report: (problem: string) => void
}

/** Answers each request by its route, counts it, and turns whatever is thrown into an answer. */
export function requestHandler(shared: SharedContext, guard: RequestGuard) {
  const pages = pageRoutes()

  const answer = async (request: IncomingMessage, counted: Counted): Promise<HttpResponse> => {
    if (guard.closing()) throw notNow('This backend is stopping.')
    const { path, query } = target(request)
    if (path !== '/healthz') guard.pass(request)
    const page = pages.get(path)
    const found = findRoute(path)
    const pattern = page ? '/' : found?.pattern
    if (pattern === undefined || !OPEN.has(pattern)) shared.signIn?.admit(request)
    const methods = page ?? (found && ROUTES[found.pattern])
    if (pattern === undefined || methods === undefined) {
      throw new HttpError(404, 'There is nothing at this address: GET / lists what there is.')
    }
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined
    counted.pattern = pattern
    if (!route) {
      const allow = Object.keys(methods).join(', ').replace('GET', 'GET, HEAD')
      throw new HttpError(405, `${method} does not work at ${path}: use ${allow}.`, { allow })
    }
    counted.method = method
    return route({ ...shared, request, query, params: found?.params ?? {} })
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = performance.now()
    const counted: Counted = { pattern: 'none', method: 'other' }
    const given = await answer(request, counted)
      .then(affordable)
      .catch(async (error: unknown) => {
        // A client that is still writing when the connection closes sees a broken pipe and not the answer.
        await discardBody(request)
        return refusalAnswer(error, request, guard.report)
      })
    const seconds = (performance.now() - startedAt) / 1000
    shared.metrics.answered(counted.pattern, counted.method, given.status ?? 200, seconds)
    if (guard.closing()) response.setHeader('connection', 'close')
    respond(request, response, given)
  }
}

function target(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', ...rest] = (request.url ?? '').split('?')
  return { path, query: new URLSearchParams(rest.join('?')) }
}
