import type { CodexGoalEvent } from '../event/codex-goal-event.ts'
import { uidSource } from '../outbox/uid.ts'
import { isInteger64 } from './any-value.ts'
import { type JsonObject, printJson } from './json.ts'

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

/** What one request brought. Records that tell nothing of a goal are in none of the two. */
export interface Intake {
  readonly events: readonly ReceivedEvent[]
  readonly rejected: readonly RejectedRecord[]
}

/** An event as it came. */
interface Arrival {
  readonly uid: string
  readonly occurredAtNs: bigint
  readonly payload: CodexGoalEvent
  readonly traceId: string | null
  readonly spanId: string | null
  readonly attributes: JsonObject | null
  readonly resource: JsonObject | null
}

/** The key of an event that came without one. */
export const uidOfArrival = uidSource()

export function receive({ uid, occurredAtNs, payload, traceId, spanId, attributes, resource }: Arrival): ReceivedEvent {
  const goal = payload.event_params
  return {
    uid,
    occurredAtNs,
    threadId: goal.thread_id,
    sessionId: goal.session_id,
    goalId: goal.goal_id,
    turnId: goal.turn_id,
    kind: goal.event_kind,
    status: goal.goal_status,
    hasTokenBudget: goal.has_token_budget,
    tokenBudget: integer(attributes?.['agent_goal.token_budget']),
    tokensUsed: integer(attributes?.['agent_goal.usage.tokens']) ?? goal.cumulative_tokens_accounted,
    timeUsedSeconds: integer(attributes?.['agent_goal.usage.duration']) ?? goal.cumulative_time_accounted_seconds,
    objective: text(attributes?.['agent_goal.objective']),
    serviceName: text(resource?.['service.name']),
    traceId,
    spanId,
    payload: printJson(payload),
    attributes: attributes && printJson(attributes),
    resource: resource && printJson(resource),
  }
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

function integer(value: unknown): number | bigint | null {
  return isInteger64(value) ? value : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
