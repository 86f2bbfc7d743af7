import { uidSource } from '../../base/uid.ts'
import type { CodexGoalEvent } from '../../codex/codex-goal-event.ts'
import { isInteger64 } from '../../otlp/any-value.ts'
import { type JsonObject, printJson } from '../../otlp/json.ts'
import { LARGEST } from '../../otlp/record-size.ts'
import { Refusal } from '../http/refusal.ts'
import { isKey } from './payload.ts'

/** An event ready to be stored: a row of the table `event`. */
export interface ReceivedEvent {
  /** Unique and time-ordered. */
  readonly uid: string
  /** Nanoseconds since 1970; when it was received where nothing tells when it occurred. */
  readonly occurredAtNs: bigint
  readonly threadId: string
  readonly sessionId: string
  readonly goalId: string
  readonly turnId: string | null
  readonly kind: string
  readonly status: string
  readonly hasTokenBudget: boolean
  readonly tokenBudget: number | bigint | null
  readonly tokensUsed: number | bigint | null
  readonly timeUsedSeconds: number | bigint | null
  readonly objective: string | null
  /** Of the goal that it says the created one has replaced on its thread. */
  readonly previousGoalId: string | null
  readonly serviceName: string | null
  /** 32 lower-case hex digits. */
  readonly traceId: string | null
  /** 16 lower-case hex digits. */
  readonly spanId: string | null
  /** JSON text: printed with the record at hand, so that what cannot be printed is rejected alone. */
  readonly payload: string
  /** JSON text, of the log record; null where the event came without one. */
  readonly attributes: string | null
  /** JSON text. */
  readonly resource: string | null
}

/** A record kept aside: why, and its JSON text. */
export interface RejectedRecord {
  readonly reason: string
  readonly record: string
  readonly resource: string | null
}

/**
 * Characters that the records of one request may take in the store. Each is kept with its resource beside it, so a small
 * body could become many times its size.
 */
const MOST_TEXT = 64 * 1024 * 1024
/** Characters that a record counts for at least: a row takes its time, whatever is in it. */
const LEAST_TEXT = 1024
/** Characters of an objective that a goal keeps beside its events, in which it is whole. */
export const MOST_OBJECTIVE = 4000

/** What one request brought. Records that tell nothing of a goal are in none of the two. */
export class Intake {
  readonly events: ReceivedEvent[] = []
  readonly rejected: RejectedRecord[] = []
  #length = 0

  /**
   * Takes in what a record is read as. Whatever is wrong with it is no reason to refuse the others, or to have the
   * sender repeat them: it is kept aside.
   * @throws {Refusal} 413 where all together become too large.
   */
  read(record: unknown, resource: () => string | null, event: () => ReceivedEvent | undefined): void {
    try {
      const received = event()
      if (!received) return
      this.events.push(received)
      const { payload, attributes, resource } = received
      this.#length += LEAST_TEXT + payload.length + (attributes?.length ?? 0) + (resource?.length ?? 0)
    } catch (error) {
      const rejected = reject(error, record, resource)
      this.rejected.push(rejected)
      this.#length += LEAST_TEXT + rejected.record.length + (rejected.resource?.length ?? 0)
    }
    if (this.#length <= MOST_TEXT) return
    throw new Refusal(413, 'The records of this body, each with its resource, are too large: send smaller batches.')
  }
}

/** An event as it came. */
interface Arrival {
  readonly uid: string
  readonly occurredAtNs: bigint
  readonly payload: CodexGoalEvent
  readonly traceId: string | null
  readonly spanId: string | null
  readonly attributes: JsonObject | null
  /** JSON text. */
  readonly resource: string | null
  readonly serviceName: string | null
}

/** The key of an event that came without one. */
export const uidOfArrival = uidSource()

export function receive(arrival: Arrival): ReceivedEvent {
  const { payload, attributes } = arrival
  const goal = payload.event_params
  return {
    uid: arrival.uid,
    occurredAtNs: arrival.occurredAtNs,
    threadId: goal.thread_id,
    sessionId: goal.session_id,
    goalId: goal.goal_id,
    turnId: goal.turn_id,
    kind: goal.event_kind,
    status: goal.goal_status,
    hasTokenBudget: goal.has_token_budget,
    tokenBudget: amount(attributes?.['agent_goal.token_budget']),
    tokensUsed: amount(attributes?.['agent_goal.usage.tokens']) ?? goal.cumulative_tokens_accounted,
    timeUsedSeconds: amount(attributes?.['agent_goal.usage.duration']) ?? goal.cumulative_time_accounted_seconds,
    objective: objective(attributes?.['agent_goal.objective']),
    previousGoalId: keyOrNull(attributes?.['agent_goal.previous_id']),
    serviceName: arrival.serviceName,
    traceId: arrival.traceId,
    spanId: arrival.spanId,
    payload: printJson(payload),
    attributes: attributes && printJson(attributes),
    resource: arrival.resource,
  }
}

function reject(error: unknown, record: unknown, resource: () => string | null): RejectedRecord {
  // JSON.parse reads any depth, JSON.stringify does not print it.
  if (error instanceof RangeError) return { reason: 'nested too deeply to be kept', record: 'null', resource: null }
  const reason = reasonOf(error)
  try {
    return { reason, record: printJson(record), resource: resource() }
  } catch {
    return { reason: `${reason}, and nested too deeply to be kept`, record: 'null', resource: null }
  }
}

/** What a Collector would name alone, as a sentence. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  if (said === 'size') return `size: larger than ${LARGEST} bytes`
  return /^(?:event name|the event|\S+)$/.test(said) ? `${said}: missing, or not what it has to be` : said
}

/** What was measured; a double is the sender's own where it keeps fractions. */
function amount(value: unknown): number | bigint | null {
  // Never -0.
  if (isInteger64(value)) return value === 0 ? 0 : value
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value
}

function keyOrNull(value: unknown): string | null {
  return typeof value === 'string' && isKey(value) ? value : null
}

function objective(value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Half of a pair would be stored as another character.
  return value.length <= MOST_OBJECTIVE ? value : value.slice(0, MOST_OBJECTIVE).replace(/[\ud800-\udbff]$/, '')
}
