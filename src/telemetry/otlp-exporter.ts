import type { Agent } from 'node:http'
import { diag } from '@opentelemetry/api'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'
import type { Serializer } from './otlp-protocol.ts'
import { nextAttempt, type OtlpError, type OtlpRequest, post, TimedOut } from './otlp-request.ts'

const MOST_RETRIES = 5
const REQUEST_RETRY_FIRST_MS = 1000
const REQUEST_RETRY_LONGEST_MS = 5000
const GROWTH = 1.5
/** So that a fleet does not come back in step. */
const JITTER = 0.2

export type ExportDone = (result: { code: number; error?: Error }) => void

/** What the receiver says it has not accepted. */
export interface PartialSuccess {
  readonly errorMessage?: string
  /** A 64-bit integer: a decimal string in OTLP's JSON. */
  readonly rejectedLogRecords?: string | number
}

/**
 * OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). OpenTelemetry's own exporter waits for its next attempt
 * even when the process ends, and has no way to stop it.
 */
export class OtlpExporter<Items> {
  readonly #configuration: OtlpConfiguration
  readonly #serializer: Serializer<Items>
  #madeAgent: Agent | undefined

  constructor(configuration: OtlpConfiguration, serializer: Serializer<Items>) {
    this.#configuration = configuration
    this.#serializer = serializer
  }

  export(items: Items, done: ExportDone): void {
    void this.#result(items).then(done)
  }

  /** @returns an error if an answer whose status is a success is not one. */
  protected read(bytes: Uint8Array, _items: Items): Error | undefined {
    const { partialSuccess } = this.#serializer.deserializeResponse(bytes) as { partialSuccess?: PartialSuccess }
    const { errorMessage } = partialSuccess ?? {}
    if (errorMessage) warnOnce(`partial ${errorMessage}`, `the receiver has not accepted everything: ${errorMessage}`)
    return undefined
  }

  async #result(items: Items): Promise<{ code: number; error?: Error }> {
    try {
      const body = this.#serializer.serializeRequest(items)
      if (body === undefined) throw new Error('Nothing to send')
      const error = this.read(await this.#send(body), items)
      return error ? { code: 1, error } : { code: 0 }
    } catch (error) {
      return { code: 1, error: error as Error }
    }
  }

  async #send(body: Uint8Array): Promise<Uint8Array> {
    const { url, headers, compression, timeoutMillis, retries } = this.#configuration
    const request: OtlpRequest = { url, headers, compression, agent: () => this.#agent() }
    const deadline = clock.now() + timeoutMillis
    let known: unknown
    for (let attempt = 0; ; attempt++) {
      try {
        return await post(request, body, Math.max(1, deadline - clock.now()))
      } catch (error) {
        // That the time is over says less than what the receiver has answered before.
        if (error instanceof TimedOut) throw known ?? error
        known = error
        const next = nextAttempt(error)
        if (next === 'none' || attempt === MOST_RETRIES) throw error
        if (next === 'at once') continue
        const pauseMs = (error as OtlpError).retryAfterMs ?? pauseAfter(attempt)
        if (retries.isStopped || pauseMs > deadline - clock.now()) throw error
        diag.debug(`goaltrace: ${url}: ${reason(error)}; sent again in ${Math.round(pauseMs)} ms`)
        if (!(await retries.pause(pauseMs))) throw error
      }
    }
  }

  /** The agent is made when there is first something to send: proxies may be set by then. */
  #agent(): Agent {
    const { url, agentFactory } = this.#configuration
    this.#madeAgent ??= agentFactory(new URL(url).protocol)
    return this.#madeAgent
  }
}

function pauseAfter(attempt: number): number {
  const jitter = 1 + JITTER * (2 * Math.random() - 1)
  return Math.min(REQUEST_RETRY_FIRST_MS * GROWTH ** attempt * jitter, REQUEST_RETRY_LONGEST_MS)
}
