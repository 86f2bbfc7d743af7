import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackServer, type Sent } from './loopback-server.ts'

/**
 * 'slow' passes requests on after two seconds; 'cut' passes them on and breaks the connection within the answer's first
 * line; a number is the status that is answered without passing anything on.
 */
export type Trouble = 'none' | 'slow' | 'cut' | number

/** A proxy before a backend that fails as networks and overloaded servers do. */
export class TroubledBackend extends LoopbackServer {
  trouble: Trouble = 'none'
  readonly #target: string
  readonly #met = new Map<Trouble, number>()

  static start(target: string): Promise<TroubledBackend> {
    return new TroubledBackend(target).up()
  }

  private constructor(target: string) {
    super()
    this.#target = target
  }

  /** How many requests met this trouble. */
  met(trouble: Trouble): number {
    return this.#met.get(trouble) ?? 0
  }

  protected override async answer(sent: Sent, response: ServerResponse): Promise<void> {
    const { trouble } = this
    if (typeof trouble === 'number') {
      response.writeHead(trouble).end()
    } else {
      if (trouble === 'slow') await sleep(2000)
      const { status, body } = await this.#passOn(sent)
      if (trouble === 'cut') response.socket?.end('HTTP/1.1 200 OK\r\ncontent-ty')
      else response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    }
    this.#met.set(trouble, this.met(trouble) + 1)
  }

  async #passOn({ path, headers, body }: Sent) {
    const kept = ['authorization', 'content-type', 'content-encoding'].flatMap((name): [string, string][] => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    })
    const answer = await fetch(`${this.#target}${path}`, { method: 'POST', headers: kept, body })
    return { status: answer.status, body: await answer.text() }
  }
}
