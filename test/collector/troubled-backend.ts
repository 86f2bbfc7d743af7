import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './collector.ts'

/**
 * 'slow' passes requests on after two seconds; 'cut' passes them on and breaks the connection within the answer's first
 * line; a number is the status that is answered without passing anything on.
 */
export type Trouble = 'none' | 'slow' | 'cut' | number

/** Stands before a backend and makes the trouble that networks and overloaded servers make. */
export class TroubledBackend {
  trouble: Trouble = 'none'
  readonly #target: string
  readonly #port: number
  readonly #met = new Map<Trouble, number>()
  #server: Server | undefined

  static async start(target: string): Promise<TroubledBackend> {
    const backend = new TroubledBackend(target, await freePort())
    await backend.up()
    return backend
  }

  private constructor(target: string, port: number) {
    this.#target = target
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** How many requests met this trouble. */
  met(trouble: Trouble): number {
    return this.#met.get(trouble) ?? 0
  }

  async up(): Promise<void> {
    this.#server = createServer((request, response) => this.#serve(request, response)).listen(this.#port, '127.0.0.1')
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { trouble } = this
    const chunks: Buffer[] = []
    // A Collector that is killed breaks off in the middle of a request.
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    if (typeof trouble === 'number') {
      response.writeHead(trouble).end()
    } else {
      if (trouble === 'slow') await sleep(2000)
      const { status, body } = await this.#passOn(request, Buffer.concat(chunks))
      if (trouble === 'cut') response.socket?.end('HTTP/1.1 200 OK\r\ncontent-ty')
      else response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    }
    this.#met.set(trouble, this.met(trouble) + 1)
  }

  async #passOn({ url, headers, method = 'POST' }: IncomingMessage, sent: Buffer) {
    const kept = ['authorization', 'content-type', 'content-encoding'].flatMap((name): [string, string][] => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    })
    const answer = await fetch(`${this.#target}${url}`, { method, headers: kept, body: new Uint8Array(sent) })
    return { status: answer.status, body: await answer.text() }
  }
}
