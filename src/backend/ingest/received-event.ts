import { uidSource } from '../../base/uid.ts'
import type { CodexGoalEvent } from '../../codex/codex-goal-event.ts'
import { isInteger64 } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { type JsonObject, printJson } from '../../otlp/json.ts'
import { MOST_OBJECTIVE, type ReceivedEvent } from '../store/received-records.ts'

/** Where an event came from, beside its payload. */
export interface Origin {
  readonly uid: string
  readonly occurredAtNs: bigint
  readonly traceId: string | null
  readonly spanId: string | null
  /** Of the log record; null where the event came without one. */
  readonly attributes: JsonObject | null
  /** JSON text. */
  readonly resource: string | null
  readonly serviceName: string | null
}

/** Makes a key for an event that came without one. */
export const newUid = uidSource()

/** Characters of a key. Longer ones would not fit into an address, which has room for some thousands. */
const LONGEST_KEY = 512

/** An unpaired surrogate cannot be UTF-8: SQLite would store U+FFFD for each, and two keys would become one. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_KEY && value.isWellFormed()
}

/**
 * @param payload A valid one; only whether its keys can be stored is checked here.
 * @throws {InvalidRecord} naming the key that cannot.
 */
export function receivedEvent(payload: CodexGoalEvent, origin: Origin): ReceivedEvent {
  const { attributes } = origin
  const goal = payload.event_params
  return {
    uid: origin.uid,
    occurredAtNs: origin.occurredAtNs,
    threadId: key(goal.thread_id, 'event_params.thread_id'),
    sessionId: goal.session_id,
    goalId: key(goal.goal_id, 'event_params.goal_id'),
    turnId: goal.turn_id,
    kind: goal.event_kind,
    status: goal.goal_status,
    hasTokenBudget: goal.has_token_budget,
    tokenBudget: amount(attributes?.['agent_goal.token_budget']),
    tokensUsed: amount(attributes?.['agent_goal.usage.tokens']) ?? goal.cumulative_tokens_accounted,
    timeUsedSeconds: amount(attributes?.['agent_goal.usage.duration']) ?? goal.cumulative_time_accounted_seconds,
    objective: shortened(attributes?.['agent_goal.objective']),
    model: shortened(attributes?.['gen_ai.request.model']),
    reason: shortened(attributes?.['agent_goal.status_reason']),
    previousGoalId: keyOrNull(attributes?.['agent_goal.previous_id']),
    serviceName: origin.serviceName,
    traceId: origin.traceId,
    spanId: origin.spanId,
    payload: printJson(payload),
    attributes: attributes && printJson(attributes),
    resource: origin.resource,
  }
}

function key(value: string, place: string): string {
  if (!isKey(value)) throw new InvalidRecord(place)
  return value
}

function keyOrNull(value: unknown): string | null {
  return isKey(value) ? value : null
}

/** What was measured; a double is the sender's own where it keeps fractions. */
function amount(value: unknown): number | bigint | null {
  // Never -0.
  if (isInteger64(value)) return value === 0 ? 0 : value
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value
}

function shortened(value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Half of a pair would be stored as another character.
  return value.length <= MOST_OBJECTIVE ? value : value.slice(0, MOST_OBJECTIVE).replace(/[\ud800-\udbff]$/, '')
}
