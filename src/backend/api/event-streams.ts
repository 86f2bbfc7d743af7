import type { ServerResponse } from 'node:http'
import type { Database } from 'better-sqlite3'
import { notNow } from '../http/http-error.ts'
import { query } from '../store/stored-json.ts'
import { EVENT_COLUMNS, storedEvent } from './stored-event.ts'

/** Readers at a time. */
const MOST_STREAMS = 64
/** Milliseconds from one look for new events to the next. */
const PACE = 100
/** The most events that a reader gets at once, and the most characters, which the last event may exceed. */
const PAGE = 500
const PAGE_LENGTH = 1024 * 1024
/** A reader that is this many events behind gets a `gap`, and reads the API again. */
const FAR_BEHIND = 10_000
/** Bytes that may be unsent to a reader; until it has taken them it gets no more. */
const MOST_WAITING = 256 * 1024
/** Milliseconds; below the time after which proxies and this server close a silent connection. */
const HEARTBEAT = 15_000

interface Page {
  readonly after: number
  readonly next: number
  readonly text: string
}

/**
 * The readers that follow the events as they arrive, in text/event-stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * A reader is its cursor: what it has not read stays in the database and not in memory, and readers at the same place
 * share what was read for one of them.
 */
export class EventStreams {
  readonly #database: Database
  readonly #readers = new Map<ServerResponse, { cursor: number }>()
  readonly #heartbeat: NodeJS.Timeout
  #look: NodeJS.Timeout | undefined
  #lookedAt = 0
  #page: Page | undefined

  constructor(database: Database) {
    this.#database = database
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT).unref()
  }

  get open(): number {
    return this.#readers.size
  }

  /**
   * @param after The cursor to continue from; null to begin with the next event.
   * @throws {HttpError} 503 if there are too many readers.
   */
  admit(after: number | null): (response: ServerResponse) => void {
    if (this.#readers.size >= MOST_STREAMS) throw notNow(`${MOST_STREAMS} streams are open, which is the limit.`)
    const cursor = after ?? this.#head()
    return (response) => {
      if (response.destroyed) return
      this.#readers.set(response, { cursor })
      // A page that is not the last one is more than a socket's buffer holds: 'drain' asks for the next.
      response.once('close', () => this.#readers.delete(response)).on('drain', () => this.wake())
      // Milliseconds until a reader whose connection breaks comes again. Headers alone would not reach some readers.
      response.write('retry: 1000\n\n')
      this.wake()
    }
  }

  /** There may be new events. */
  wake(): void {
    if (this.#look || this.#readers.size === 0) return
    this.#look = setTimeout(() => this.#sendOrEnd(), Math.max(0, this.#lookedAt + PACE - Date.now()))
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#look)
    this.#end()
  }

  #end(): void {
    for (const response of this.#readers.keys()) response.end()
    this.#readers.clear()
  }

  #sendOrEnd(): void {
    try {
      this.#send()
    } catch {
      // On a failed read the streams end: readers reconnect automatically, and get the reason if that fails too.
      this.#end()
    }
  }

  #send(): void {
    this.#look = undefined
    this.#lookedAt = Date.now()
    const head = this.#head()
    for (const [response, reader] of this.#readers) {
      if (response.writableLength > MOST_WAITING) continue
      // Also a cursor of another file, whose events this one has not reached.
      if (reader.cursor > head || reader.cursor < head - FAR_BEHIND) {
        reader.cursor = head
        response.write(`event: gap\nid: ${head}\ndata: {"next":"${head}"}\n\n`)
      } else if (reader.cursor < head) {
        const { text, next } = this.#pageAfter(reader.cursor)
        reader.cursor = next
        if (text) response.write(text)
      }
    }
  }

  #pageAfter(after: number): Page {
    if (this.#page?.after === after) return this.#page
    const sql = `SELECT ${EVENT_COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?`
    let text = ''
    // If all events after it have been removed since, it continues from the newest.
    let next = this.#head()
    for (const row of query(this.#database, sql).iterate(after, PAGE)) {
      next = Number(row.seq)
      text += `event: goal\nid: ${next}\ndata: ${storedEvent(row)}\n\n`
      if (text.length > PAGE_LENGTH) break
    }
    this.#page = { after, next, text }
    return this.#page
  }

  /** The newest cursor that was ever given. */
  #head(): number {
    const row = query(this.#database, "SELECT seq FROM sqlite_sequence WHERE name = 'event'").get()
    return Number(row?.seq ?? 0)
  }

  #beat(): void {
    // A reader that takes nothing gets no comments either, so that its silent connection is closed in the end.
    for (const response of this.#readers.keys()) if (!response.writableNeedDrain) response.write(':\n\n')
  }
}
