import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { freePort } from './collector.ts'

/** A received request. */
export interface Sent {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer<ArrayBuffer>
}

/** A server on loopback that can go down and come back at its port. */
export abstract class LoopbackServer {
  readonly #port = freePort()
  #server: Server | undefined
  url = ''

  /** Resolves when it listens, at the same port each time. */
  async up(): Promise<this> {
    const port = await this.#port
    this.url = `http://127.0.0.1:${port}`
    this.#server = createServer((request, response) => this.#serve(request, response)).listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async down(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }

  protected abstract answer(sent: Sent, response: ServerResponse): Promise<void> | void

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    // A killed Collector breaks off in the middle of a request.
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    await this.answer({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }, response)
  }
}
