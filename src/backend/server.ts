import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gate, isLoopback } from './access.ts'
import { EventStore, type Stored } from './event-store.ts'
import { notNow, Refusal } from './refusal.ts'
import { discardBody } from './request-body.ts'
import { ROUTES } from './routes.ts'

export interface BackendOptions {
  /** 0 for a free one. */
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined
  /** The SQLite file; made where there is none. */
  readonly file: string
  /** Demanded of every request but /healthz where it is given; must be given where the host is not loopback. */
  readonly token?: string | undefined
  /** Told what went wrong on this side: a full disk, a locked file. The sender is told too, and keeps its copy. */
  readonly report?: ((trouble: string) => void) | undefined
}

export interface Backend {
  readonly url: string
  readonly file: string
  /** Since the start. */
  readonly counts: Stored
  /** Answers what it took, refuses the rest, closes the file. */
  close(): Promise<void>
}

/** Milliseconds for a request to arrive whole. */
const REQUEST_TIMEOUT = 10_000
/** Milliseconds that close() leaves to the requests it took. */
const CLOSE_TIMEOUT = 5_000
/** Milliseconds without a byte on a connection, in either direction. */
const SILENCE_TIMEOUT = 30_000

/**
 * The embedded analytics backend.
 * @throws {TypeError} for an address other than loopback without a token.
 * @throws {Error} where the port is taken or the file cannot be opened.
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const { port, host = '127.0.0.1', file, token, report } = options
  if (!isLoopback(host) && !token) {
    throw new TypeError(`To listen on ${host} the backend needs a token: set GOALTRACE_TOKEN, or listen on 127.0.0.1`)
  }
  const admit = gate(host, token || undefined)
  const store = new EventStore(file)
  const counts = { stored: 0, duplicates: 0, rejected: 0 }
  const inFlight = new Set<ServerResponse>()
  let closing = false

  const took = (stored: Stored) => {
    counts.stored += stored.stored
    counts.duplicates += stored.duplicates
    counts.rejected += stored.rejected
  }
  const answer = async (request: IncomingMessage) => {
    if (closing) throw notNow('This backend is stopping.')
    const { path, query } = target(request)
    const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
    if (path !== '/healthz') admit(request)
    if (!route) throw new Refusal(404, 'There is nothing at this address: GET / tells what there is.')
    const method = request.method ?? ''
    const visit = Object.hasOwn(route, method) ? route[method] : undefined
    if (!visit) {
      const allow = Object.keys(route).join(', ')
      throw new Refusal(405, `${method} does not work at ${path}: use ${allow}.`, { allow })
    }
    return visit({ request, query, store, took })
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    inFlight.add(response)
    response.once('close', () => {
      inFlight.delete(response)
      if (closing) closeIfIdle()
    })
    const { status, headers, body } = await answer(request).then(
      ({ type, body }) => ({ status: 200, headers: { 'content-type': type }, body }),
      async (error: unknown) => {
        // A client that still writes when the connection closes sees a broken pipe and not the answer.
        await discardBody(request)
        return refused(error, report)
      },
    )
    if (closing) response.setHeader('connection', 'close')
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), ...SAFE })
    response.end(body)
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
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve)
    })
  } catch (error) {
    store.close()
    throw error
  }

  const close = async () => {
    closing = true
    // server.close() no longer enforces the request timeout, and waits for connections that never sent a request.
    const late = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      closeIfIdle()
    })
    clearTimeout(late)
    store.close()
  }
  let closed: Promise<void> | undefined
  return {
    url: urlOf(server.address() as AddressInfo),
    file,
    counts,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** A page that a browser makes of an answer must not run or guess anything. */
const SAFE = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

function refused(error: unknown, report?: (trouble: string) => void) {
  let refusal = error
  if (!(refusal instanceof Refusal)) {
    // What the sender did wrong is a Refusal; whatever else failed is on this side.
    refusal = notNow(`This backend cannot do that now: ${error instanceof Error ? error.message : String(error)}.`)
    report?.((refusal as Refusal).message)
  }
  const { status, message, headers } = refusal as Refusal
  // google.rpc.Status, as OTLP/HTTP demands of a failure.
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }) }
}

function target(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', ...rest] = (request.url ?? '').split('?')
  return { path, query: new URLSearchParams(rest.join('?')) }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
