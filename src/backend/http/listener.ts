import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Milliseconds for a request to arrive whole. */
const REQUEST_TIMEOUT = 10_000
/** Milliseconds that close() gives the requests that it has accepted. */
const CLOSE_TIMEOUT = 5_000
/** Connections at a time; further ones are closed at once, and their clients connect again. */
const MOST_CONNECTIONS = 1000
/** Milliseconds without a byte on a connection, in either direction. */
const SILENCE_TIMEOUT = 30_000

/** An HTTP server with limits on its connections, whose close() lets accepted requests finish. */
export class Listener {
  readonly #server: Server
  readonly #inFlight = new Set<ServerResponse>()
  #closing = false

  constructor(serve: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer(
      {
        requestTimeout: REQUEST_TIMEOUT,
        headersTimeout: REQUEST_TIMEOUT,
        connectionsCheckingInterval: 1000,
        // Exporters send every few seconds, and a connection that closes under a request looks like a lost batch.
        keepAliveTimeout: 60_000,
      },
      (request, response) => {
        this.#follow(response)
        serve(request, response)
      },
    )
    this.#server.timeout = SILENCE_TIMEOUT
    this.#server.maxConnections = MOST_CONNECTIONS
  }

  /** @throws {Error} if the port is taken. */
  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve)
    })
  }

  /** While it listens. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  get closing(): boolean {
    return this.#closing
  }

  async close(): Promise<void> {
    this.#closing = true
    // server.close() no longer enforces the request timeout, and would wait for connections that never sent a request.
    const late = setTimeout(() => this.#server.closeAllConnections(), CLOSE_TIMEOUT)
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#closeIfIdle()
    })
    clearTimeout(late)
  }

  #follow(response: ServerResponse): void {
    this.#inFlight.add(response)
    response.once('close', () => {
      this.#inFlight.delete(response)
      if (this.#closing) this.#closeIfIdle()
    })
  }

  #closeIfIdle(): void {
    if (this.#inFlight.size === 0) this.#server.closeAllConnections()
  }
}
