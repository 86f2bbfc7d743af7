import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { parseJson } from '../../src/backend/json.ts'
import { freePort } from './collector.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Parsed where it is JSON. */
  readonly body: unknown
  /** Bytes, decompressed. */
  readonly size: number
}

/** An OTLP/HTTP server on loopback that keeps what it gets and can go down and come back at its port. */
export class OtlpServer {
  readonly requests: Received[] = []
  readonly #port: number
  #server: Server | undefined

  static async start(): Promise<OtlpServer> {
    const server = new OtlpServer(await freePort())
    await server.up()
    return server
  }

  private constructor(port: number) {
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async up(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const sent = Buffer.concat(chunks)
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
      const json = request.headers['content-type'] === 'application/json'
      const body = json ? parseJson(bytes.toString()) : bytes
      this.requests.push({ path: request.url ?? '', headers: request.headers, body, size: bytes.length })
      response.setHeader('content-type', request.headers['content-type'] ?? '').end(json ? '{}' : '')
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
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
}
