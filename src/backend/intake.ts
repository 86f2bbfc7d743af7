import type { CodexGoalEvent } from '../event/codex-goal-event.ts'
import { uidSource } from '../outbox/uid.ts'
import { type JsonObject, printJson } from './json.ts'

/** An event as it came, ready to be stored. */
export interface ReceivedEvent {
  /** Unique and time-ordered. */
  readonly uid: string
  /** Nanoseconds since 1970; when it was received where nothing tells when it occurred. */
  readonly occurredAtNs: bigint
  readonly payload: CodexGoalEvent
  /** 32 lower-case hex digits. */
  readonly traceId: string | null
  /** 16 lower-case hex digits. */
  readonly spanId: string | null
  /** Of the log record; null where the event came without one. */
  readonly attributes: JsonObject | null
  readonly resource: JsonObject | null
  /** The same as JSON text: printed with the record at hand, so that what cannot be printed is rejected alone. */
  readonly text: { readonly payload: string; readonly attributes: string | null; readonly resource: string | null }
}

/** A record kept aside: why, and its JSON text. */
export interface RejectedRecord {
  readonly reason: string
  readonly record: string
  readonly resource: string | null
}

/** What one request brought. Records that tell nothing of a goal are in none of the two. */
export interface Intake {
  readonly events: readonly ReceivedEvent[]
  readonly rejected: readonly RejectedRecord[]
}

/** The key of an event that came without one. */
export const uidOfArrival = uidSource()

export function receive(event: Omit<ReceivedEvent, 'text'>): ReceivedEvent {
  const { payload, attributes, resource } = event
  const text = {
    payload: printJson(payload),
    attributes: attributes && printJson(attributes),
    resource: resource && printJson(resource),
  }
  return { ...event, text }
}

/**
 * Whatever is wrong with one record is no reason to refuse the others, or to have the sender repeat it: so it takes
 * any error.
 */
export function reject(error: unknown, record: unknown, resource: unknown): RejectedRecord {
  // JSON.parse reads any depth, JSON.stringify does not print it.
  if (error instanceof RangeError) return { reason: 'nested too deeply to be kept', record: 'null', resource: null }
  const reason = error instanceof Error ? error.message : String(error)
  try {
    return { reason, record: printJson(record), resource: resource === null ? null : printJson(resource) }
  } catch {
    return { reason: `${reason}, and nested too deeply to be kept`, record: 'null', resource: null }
  }
}
