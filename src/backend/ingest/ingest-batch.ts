import { printJson } from '../../otlp/json.ts'
import { LARGEST } from '../../otlp/record-size.ts'
import { HttpError } from '../http/http-error.ts'
import type { ReceivedEvent, RejectedRecord } from '../store/received-records.ts'

/**
 * Characters that the records of one request may take in the store. Each is kept with its resource beside it, so a small
 * body could become many times its size.
 */
const MOST_TEXT = 64 * 1024 * 1024
/** The least that a record counts for, in characters, since every row takes some time. */
const LEAST_TEXT = 1024

/** The goal records of one request: those to be stored as events, and those to be kept aside. */
export class IngestBatch {
  readonly events: ReceivedEvent[] = []
  readonly rejected: RejectedRecord[] = []
  #length = 0
  /** The records of one resource follow each other, so it is printed once for all of them. */
  #resource: unknown = null
  #resourceText: string | null = null

  /** @throws {HttpError} 413 where all together become too large. */
  add(event: ReceivedEvent): void {
    this.events.push(event)
    this.#grow(event.payload.length + (event.attributes?.length ?? 0) + (event.resource?.length ?? 0))
  }

  /**
   * Keeps a record aside, as it came. One faulty record must not have the others refused, or make the sender
   * repeat them.
   * @param resource Its sender, as it came; null for none.
   * @throws {HttpError} 413 where all together become too large.
   */
  reject(error: unknown, record: unknown, resource: unknown): void {
    const rejected = this.#rejected(error, record, resource)
    this.rejected.push(rejected)
    this.#grow(rejected.record.length + (rejected.resource?.length ?? 0))
  }

  #rejected(error: unknown, record: unknown, resource: unknown): RejectedRecord {
    // JSON.parse reads any depth, but JSON.stringify cannot print it.
    if (error instanceof RangeError) return unprintable('nested too deeply to be kept')
    const reason = reasonOf(error)
    try {
      return { reason, record: printJson(record), resource: this.#printed(resource) }
    } catch {
      return unprintable(`${reason}, and nested too deeply to be kept`)
    }
  }

  #printed(resource: unknown): string | null {
    if (resource !== this.#resource) {
      this.#resourceText = resource === null ? null : printJson(resource)
      this.#resource = resource
    }
    return this.#resourceText
  }

  #grow(length: number): void {
    this.#length += LEAST_TEXT + length
    if (this.#length <= MOST_TEXT) return
    throw new HttpError(413, 'The records of this body, each with its resource, are too large: send smaller batches.')
  }
}

function unprintable(reason: string): RejectedRecord {
  return { reason, record: 'null', resource: null }
}

/** A name alone, as a Collector would log it, or several become a sentence. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (message === 'size') return `size: larger than ${LARGEST} bytes`
  const isNames = /^(?:the event|(?:event name|[^\s,]+)(?:, [^\s,]+)*)$/.test(message)
  return isNames ? `${message}: missing or invalid` : message
}
