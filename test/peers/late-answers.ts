import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackServer, type Sent } from '../collector/loopback-server.ts'

const LATEST_MS = 1000

interface Traces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly spanId: string }[] }[]
  }[]
}

/** Hands requests on, and answers late: an agent that is killed meanwhile does not know that its spans were taken, and they come again. */
export class LateAnswers extends LoopbackServer {
  /** The ids of all spans that came, in order. */
  readonly spans: string[] = []
  readonly #to: string
  #came: (() => void) | undefined

  /** @param to The address that takes them, in JSON. */
  constructor(to: string) {
    super()
    this.#to = to
  }

  /** Resolves at a moment after the next spans, which may not be answered by then. */
  async nextSpans(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#came = resolve
    })
    await sleep(LATEST_MS * Math.random())
  }

  protected async answer({ path, body }: Sent, response: ServerResponse): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const taken = await fetch(`${this.#to}${path}`, { method: 'POST', headers, body })
    if (path === '/v1/traces') {
      const { resourceSpans }: Traces = JSON.parse(body.toString())
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      this.spans.push(...spans.map(({ spanId }) => spanId))
      this.#came?.()
    }
    await sleep(LATEST_MS * Math.random())
    response.writeHead(taken.status, headers).end(await taken.text())
  }
}
