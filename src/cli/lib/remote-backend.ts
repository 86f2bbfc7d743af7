import { setTimeout as sleep } from 'node:timers/promises'
import { parseJson } from '../../otlp/json.ts'
import { printable } from '../terminal/printable.ts'
import { Failure } from './command.ts'
import { type Message, messages } from './server-sent-events.ts'
import { givenToken } from './token.ts'
import { webAddress } from './web-address.ts'

export const DEFAULT_URL = 'http://127.0.0.1:4318'

/** Milliseconds for an answer to begin. */
const PATIENCE = 10_000
/** Milliseconds until a stream that broke is opened again. */
const AGAIN = 1000

/** A backend that runs somewhere, by its HTTP API. */
export class RemoteBackend {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  /** @param url As `--url` gave it. The token is that of GOALTRACE_TOKEN. */
  constructor(url: string) {
    this.#url = webAddress('--url', url, DEFAULT_URL)
    const token = givenToken()
    this.#headers = token ? { authorization: `Bearer ${token}` } : {}
  }

  /**
   * What GET answers, as JSON text; undefined for 404.
   * @throws {Failure} if there is no answer or a refusal, with what to do.
   */
  async text(path: string): Promise<string | undefined> {
    const response = await this.#get(path, AbortSignal.timeout(PATIENCE))
    const text = await response.text()
    if (response.status === 404 && isRefusal(text)) return undefined
    if (!response.ok) throw this.#refused(response.status, text)
    if (!isOf('application/json', response)) throw this.#foreign()
    return text
  }

  /** The same, parsed: integers beyond 2^53 are bigints. */
  async read<T>(path: string): Promise<T> {
    const text = await this.text(path)
    if (text === undefined) throw this.#foreign()
    return parseJson(text) as T
  }

  /**
   * New events as they arrive, for ever; a broken stream is opened again where it broke.
   * @param broken Called each time that it breaks.
   */
  async *follow(signal: AbortSignal, broken: () => void): AsyncGenerator<Message> {
    let seen: string | undefined
    let opened = false
    for (;;) {
      try {
        const headers = seen === undefined ? {} : { 'last-event-id': seen }
        const response = await this.#get('/api/events/stream', signal, headers)
        if (!response.ok) throw this.#refused(response.status, await response.text())
        if (!isOf('text/event-stream', response)) {
          await response.body?.cancel()
          throw this.#foreign()
        }
        // It is open: a caller that reads the API now misses nothing.
        opened = true
        yield { event: 'open', id: seen, data: '' }
        for await (const message of messages(response.body as ReadableStream<Uint8Array>)) {
          seen = message.id ?? seen
          yield message
        }
      } catch (error) {
        if (signal.aborted) return
        if (!opened) throw error
      }
      broken()
      await sleep(AGAIN, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
    }
  }

  async #get(path: string, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    try {
      return await fetch(this.#url + path, { headers: { ...this.#headers, ...headers }, signal })
    } catch (error) {
      if (signal.aborted && signal.reason?.name === 'AbortError') throw error
      throw new Failure(
        `No backend answers at ${this.#url}: start one by \`goaltrace backend\`, or name another by --url.`,
      )
    }
  }

  #refused(status: number, text: string): Failure {
    if (status === 401) {
      return new Failure(
        `The backend at ${this.#url} requires a token: set GOALTRACE_TOKEN to the one it was started with.`,
      )
    }
    // Only a goal's id can make an address this long; Node's server refuses it before the backend sees it.
    if (status === 414 || status === 431) return new Failure("That goal's id is too long for a request.")
    if (!isRefusal(text)) return this.#foreign()
    return new Failure(printable(String((parseJson(text) as { message: string }).message)))
  }

  #foreign(): Failure {
    return new Failure(
      `What answers at ${this.#url} is not a goaltrace backend, perhaps a Collector: name the backend by --url.`,
    )
  }
}

function isOf(type: string, { headers }: Response): boolean {
  return headers.get('content-type')?.startsWith(type) ?? false
}

function isRefusal(text: string): boolean {
  try {
    return typeof (parseJson(text) as { message?: unknown }).message === 'string'
  } catch {
    return false
  }
}
