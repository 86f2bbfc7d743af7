import { Signal } from './signal.ts'

export type Liveness = 'connecting' | 'live' | 'lost'

/** A StoredEvent's JSON text, or null where it is not known what was missed. */
type Listener = (event: string | null) => void

/** Milliseconds until the next try: the browser itself gives up where the answer is not 200. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 15_000

/**
 * The backend's new events. Only while the page is visible: a browser opens six connections to a host at most, and six
 * hidden tabs would leave none for a seventh.
 */
class EventStream {
  readonly liveness = new Signal<Liveness>('connecting')
  readonly #listeners = new Set<Listener>()
  #source: EventSource | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #wait = FIRST_WAIT
  #after: string | undefined

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()))
    // Else a page that comes back from the browser's back-forward cache sees a lost connection.
    addEventListener('pagehide', () => this.#close())
    addEventListener('pageshow', () => this.#open())
    this.#open()
  }

  /** Opens it again, as after a sign-in. */
  restart(): void {
    this.#close()
    this.#open()
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #open(): void {
    if (this.#source || document.hidden) return
    clearTimeout(this.#retry)
    const after = this.#after === undefined ? '' : `?after=${encodeURIComponent(this.#after)}`
    const source = new EventSource(`api/events/stream${after}`)
    this.#source = source
    source.onopen = () => {
      this.#wait = FIRST_WAIT
      this.liveness.set('live')
      // What was stored before it opened, and after the page was read, is in neither.
      this.#emit(null)
    }
    source.onerror = () => {
      this.liveness.set('lost')
      if (source.readyState !== EventSource.CLOSED) return
      this.#close()
      // The answer was no stream: the next query finds out why, and asks for the token where one is missing.
      this.#emit(null)
      this.#retry = setTimeout(() => this.#open(), this.#wait)
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT)
    }
    source.addEventListener('goal', ({ data, lastEventId }) => {
      this.#after = lastEventId
      this.#emit(data)
    })
    source.addEventListener('gap', ({ lastEventId }) => {
      this.#after = lastEventId || this.#after
      this.#emit(null)
    })
  }

  #close(): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = undefined
  }

  #emit(event: string | null): void {
    for (const listener of this.#listeners) listener(event)
  }
}

export const stream = new EventStream()
