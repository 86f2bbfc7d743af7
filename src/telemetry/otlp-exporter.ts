import type { Agent } from 'node:http'
import { diag } from '@opentelemetry/api'
import { clock } from '../base/clock.ts'
import { reason, warnOnce } from '../base/diagnose.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'
import { CONTENT_TYPES, type OtlpProtocol } from './otlp-protocol.ts'
import { nextAttempt, type OtlpError, type OtlpRequest, post, TimedOut } from './otlp-request.ts'
import type { Serializer, Serializers } from './otlp-serializers.ts'

const MOST_RETRIES = 5
const REQUEST_RETRY_FIRST_MS = 1000
const REQUEST_RETRY_LONGEST_MS = 5000
const GROWTH = 1.5
/** So that a fleet does not come back in step. */
const JITTER = 0.2

/** Answers to a content type that is not supported: 415, and 400 from some, such as VictoriaLogs. */
const UNSUPPORTED = new Set<unknown>([415, 400])

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
  readonly #serializers: Serializers<Items>
  #protocol: OtlpProtocol
  /** How often the other protocol is still tried. More than once, since an empty request that asks for the signal may be refused in either. */
  #tries = 3
  #madeAgent: Agent | undefined

  constructor(configuration: OtlpConfiguration, serializers: Serializers<Items>) {
    this.#configuration = configuration
    this.#serializers = serializers
    this.#protocol = configuration.protocol
  }

  export(items: Items, done: ExportDone): void {
    void this.#result(items).then(done)
  }

  /** @returns an error if an answer whose status is a success is not one. */
  protected read(bytes: Uint8Array, _items: Items): Error | undefined {
    const { errorMessage } = this.partialSuccess(bytes) ?? {}
    if (errorMessage) warnOnce(`partial ${errorMessage}`, `the receiver has not accepted everything: ${errorMessage}`)
    return undefined
  }

  protected partialSuccess(bytes: Uint8Array): PartialSuccess | undefined {
    const response = this.#serializer.deserializeResponse(bytes) as { partialSuccess?: PartialSuccess } | null
    return response?.partialSuccess
  }

  get #serializer(): Serializer<Items> {
    return this.#serializers[this.#protocol]
  }

  async #result(items: Items): Promise<{ code: number; error?: Error }> {
    try {
      const error = this.read(await this.#sent(items), items)
      return error ? { code: 1, error } : { code: 0 }
    } catch (error) {
      return { code: 1, error: error as Error }
    }
  }

  /** A receiver that has taken nothing yet is sent the other protocol where the user has set none, and gets that from then on if it takes it. */
  async #sent(items: Items): Promise<Uint8Array> {
    const { protocol, otherProtocol } = this.#configuration
    try {
      return await this.#sentAs(this.#protocol, items)
    } catch (error) {
      if (!UNSUPPORTED.has((error as OtlpError).code) || !otherProtocol || this.#tries === 0) throw error
      this.#tries--
      return await this.#sentAs(otherProtocol, items).catch(() => {
        this.#protocol = protocol
        throw error
      })
    }
  }

  async #sentAs(protocol: OtlpProtocol, items: Items): Promise<Uint8Array> {
    this.#protocol = protocol
    const answer = await this.#send(this.#body(items))
    // From now on a refusal is about the records.
    this.#tries = 0
    return answer
  }

  #body(items: Items): Uint8Array {
    const body = this.#serializer.serializeRequest(items)
    if (body === undefined) throw new Error('Nothing to send')
    return body
  }

  async #send(body: Uint8Array): Promise<Uint8Array> {
    const { url, compression, timeoutMillis, retries } = this.#configuration
    const headers = { ...this.#configuration.headers, 'content-type': CONTENT_TYPES[this.#protocol] }
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
