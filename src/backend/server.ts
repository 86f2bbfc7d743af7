import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Prices } from '../goal/prices.ts'
import { costSql } from './api/costs.ts'
import { EventStreams } from './api/event-streams.ts'
import { Metrics } from './api/metrics.ts'
import { STALE_AFTER } from './api/stale-goals.ts'
import { gate, isLoopback } from './http/access.ts'
import { HttpError, notNow } from './http/http-error.ts'
import type { HttpResponse } from './http/http-response.ts'
import { discardBody } from './http/request-body.ts'
import { SignIn } from './http/sign-in.ts'
import { pageRoutes } from './page.ts'
import { affordable, refusalAnswer, respond } from './respond.ts'
import { findRoute, OPEN, ROUTES } from './routes.ts'
import { EventStore } from './store/event-store.ts'
import { indexCosts } from './store/goal-orders.ts'
import type { StoredCounts } from './store/received-records.ts'
import { type Limits, Retention, removedText } from './store/retention.ts'

export interface BackendOptions {
  /** 0 for a free one. */
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined
  /** The SQLite file; created if it does not exist. */
  readonly file: string
  /** Required for all but /healthz and the page's files where it is given; must be given where the host is not loopback. */
  readonly token?: string | undefined
  /** Where Jaeger's page is, an http or https URL: the page links traces to it. */
  readonly jaeger?: string | undefined
  /** Milliseconds without an event after which an active goal is stale. Default: 20 minutes. */
  readonly staleAfter?: number | undefined
  /** What tokens cost, by model. Default: no costs are shown. */
  readonly prices?: Prices | undefined
  /** Default: everything is kept. What is removed is reported. */
  readonly limits?: Limits | undefined
  /** Called with what went wrong on this side: a full disk, a locked file. The sender gets it too, and keeps its copy. */
  readonly report?: ((problem: string) => void) | undefined
}

export interface Backend {
  readonly url: string
  readonly file: string
  /** Since the start. */
  readonly counts: StoredCounts
  /** Answers the requests that it has accepted, refuses others, closes the file. */
  close(): Promise<void>
}

/** Milliseconds for a request to arrive whole. */
const REQUEST_TIMEOUT = 10_000
/** Milliseconds that close() gives the requests that it has accepted. */
const CLOSE_TIMEOUT = 5_000
/** Connections at a time; further ones are closed at once, and their clients connect again. */
const MOST_CONNECTIONS = 1000
/** Milliseconds without a byte on a connection, in either direction. */
const SILENCE_TIMEOUT = 30_000
/** Milliseconds between two reports of failures. */
const REPORT_PACE = 60_000

/**
 * The embedded analytics backend.
 * @throws {TypeError} for an address other than loopback without a token.
 * @throws {Error} if the port is taken or the file cannot be opened.
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const {
    port,
    host = '127.0.0.1',
    file,
    token,
    jaeger,
    staleAfter = STALE_AFTER.afterMs,
    prices,
    limits = {},
    report,
  } = options
  if (!isLoopback(host) && !token) {
    throw new TypeError(`To listen on ${host} the backend needs a token: set GOALTRACE_TOKEN, or listen on 127.0.0.1`)
  }
  const pass = gate(host)
  const signIn = token ? new SignIn(token) : undefined
  const pages = pageRoutes()
  const staleness = { afterMs: staleAfter }
  const store = new EventStore(file)
  indexCosts(store.database, costSql(prices))
  const streams = new EventStreams(store.database)
  const metrics = new Metrics()
  const retention = new Retention(
    store.database,
    limits,
    (removed) => report?.(removedText(removed, limits)),
    (error) => report?.(`This backend cannot remove what is to go: ${(error as Error).message}.`),
  )
  let reportedAt = Number.NEGATIVE_INFINITY
  const reportRarely = (problem: string) => {
    // A full disk is the same problem for each of a thousand requests.
    if (performance.now() - reportedAt < REPORT_PACE) return
    reportedAt = performance.now()
    report?.(problem)
  }
  const inFlight = new Set<ServerResponse>()
  let closing = false

  const stored = (counts: StoredCounts) => {
    metrics.recordsStored(counts)
    if (counts.stored > 0) streams.wake()
  }
  /** @param at Called with the pattern and the method, which are counted, once they are known. */
  const answer = async (
    request: IncomingMessage,
    at: (pattern: string, method: string) => void,
  ): Promise<HttpResponse> => {
    if (closing) throw notNow('This backend is stopping.')
    const { path, query } = target(request)
    if (path !== '/healthz') pass(request)
    const page = pages.get(path)
    const found = findRoute(path)
    const pattern = page ? '/' : found?.pattern
    if (pattern === undefined || !OPEN.has(pattern)) signIn?.admit(request)
    const methods = page ?? (found && ROUTES[found.pattern])
    if (pattern === undefined || methods === undefined) {
      throw new HttpError(404, 'There is nothing at this address: GET / lists what there is.')
    }
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined
    at(pattern, route ? method : 'other')
    if (!route) {
      const allow = Object.keys(methods).join(', ').replace('GET', 'GET, HEAD')
      throw new HttpError(405, `${method} does not work at ${path}: use ${allow}.`, { allow })
    }
    const params = found?.params ?? {}
    const { database } = store
    return route({
      request,
      query,
      params,
      store,
      database,
      streams,
      metrics,
      signIn,
      jaeger,
      staleness,
      prices,
      stored,
    })
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = performance.now()
    inFlight.add(response)
    response.once('close', () => {
      inFlight.delete(response)
      if (closing) closeIfIdle()
    })
    let [route, as] = ['none', 'other']
    const at = (pattern: string, method: string) => {
      route = pattern
      as = method
    }
    const given = await answer(request, at)
      .then(affordable)
      .catch(async (error: unknown) => {
        // A client that is still writing when the connection closes sees a broken pipe and not the answer.
        await discardBody(request)
        return refusalAnswer(error, request, reportRarely)
      })
    metrics.answered(route, as, given.status ?? 200, (performance.now() - startedAt) / 1000)
    if (closing) response.setHeader('connection', 'close')
    respond(request, response, given)
  }
  const closeIfIdle = () => {
    if (inFlight.size === 0) server.closeAllConnections()
  }

  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: 1000,
      // Exporters send every few seconds, and a connection that closes under a request looks like a lost batch.
      keepAliveTimeout: 60_000,
    },
    serve,
  )
  server.timeout = SILENCE_TIMEOUT
  server.maxConnections = MOST_CONNECTIONS
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve)
    })
  } catch (error) {
    retention.close()
    streams.close()
    store.close()
    throw error
  }

  const close = async () => {
    closing = true
    // server.close() no longer enforces the request timeout, and would wait for connections that never sent a request.
    const late = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      streams.close()
      closeIfIdle()
    })
    clearTimeout(late)
    retention.close()
    store.close()
  }
  let closed: Promise<void> | undefined
  return {
    url: urlOf(server.address() as AddressInfo),
    file,
    counts: metrics.counts,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

function target(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', ...rest] = (request.url ?? '').split('?')
  return { path, query: new URLSearchParams(rest.join('?')) }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
