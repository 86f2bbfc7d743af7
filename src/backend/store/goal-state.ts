import type { ReceivedEvent } from './received-records.ts'

/** A row of the table `goal`: where a goal stands after all events of it that arrived, in the order in which they occurred. */
export interface GoalState {
  thread_id: string
  goal_id: string
  session_id: string
  service_name: string | null
  status: string
  cleared: bigint
  has_token_budget: bigint
  /** From the last event that set or removed it. */
  token_budget: bigint | number | null
  /** This one, `service_name`, `objective` and `model`: from the last event that has one. */
  tokens_used: bigint | number | null
  time_used_seconds: bigint | number | null
  objective: string | null
  model: string | null
  /** The reason of its status: the last event's; null if that has none. */
  reason: string | null
  events: bigint
  first_at_ns: bigint
  last_at_ns: bigint
  /** The last event's, which orders events of the same instant. */
  last_uid: string
  /** When its first `created` event occurred. */
  created_at_ns: bigint | null
  /** Its last creation, which a goal has again that comes back to its thread: when, and the event's uid. */
  began_at_ns: bigint | null
  began_uid: string | null
  /** When it last left `active`, or was cleared or replaced while active; null while it is active. */
  stopped_at_ns: bigint | null
  /** 1 where its last event came as Codex posts it: then its thread has one goal at a time. */
  alone: bigint
  /** The goal that has taken its place on its thread since then; null where none has. */
  replaced_by: string | null
  /** When, by the successor's creation: its time and its uid. */
  replaced_at_ns: bigint | null
  replaced_uid: string | null
  /** 1 where retention has removed some of its events, which can no longer be read. */
  cut: bigint
}

/** An attribute that is true on a cleared goal's event whose record has neither status nor budget. */
export const STATUS_UNKNOWN = 'goaltrace.status_unknown'

/** A goal that has taken another one's place, and when. */
export interface Successor {
  readonly goal_id: string
  readonly at_ns: bigint
  readonly uid: string
}

/**
 * The state of a goal that others may have replaced. It keeps its status; one that was active has stopped then.
 * @param successors In whatever order; the first of them after its creation has replaced it.
 */
export function replaced(state: GoalState, successors: readonly Successor[]): GoalState {
  const [at, uid] = [state.began_at_ns ?? state.first_at_ns, state.began_uid ?? '']
  const isLater = (one: Successor) => one.goal_id !== state.goal_id && isBefore(at, uid, one.at_ns, one.uid)
  const [first] = successors
    .filter((one) => state.cleared === 0n && isLater(one))
    .sort((a, b) => (isBefore(a.at_ns, a.uid, b.at_ns, b.uid) ? -1 : 1))
  const active = state.status === 'active' && state.cleared === 0n
  return {
    ...state,
    replaced_by: first?.goal_id ?? null,
    replaced_at_ns: first?.at_ns ?? null,
    replaced_uid: first?.uid ?? null,
    stopped_at_ns: active ? (first?.at_ns ?? null) : state.stopped_at_ns,
  }
}

/** The order in which events occurred. */
export function isBefore(at: bigint, uid: string, otherAt: bigint, otherUid: string): boolean {
  return at < otherAt || (at === otherAt && uid < otherUid)
}

/** What an event reports, or undefined where it reports nothing; null is a report too: a budget that was removed. */
export const REPORTED = {
  service_name: (event: ReceivedEvent) => event.serviceName ?? undefined,
  token_budget: (event: ReceivedEvent) => (event.hasTokenBudget ? (exact(event.tokenBudget) ?? undefined) : null),
  tokens_used: (event: ReceivedEvent) => exact(event.tokensUsed) ?? undefined,
  time_used_seconds: (event: ReceivedEvent) => exact(event.timeUsedSeconds) ?? undefined,
  objective: (event: ReceivedEvent) => event.objective ?? undefined,
  model: (event: ReceivedEvent) => event.model ?? undefined,
} satisfies Partial<Record<keyof GoalState, (event: ReceivedEvent) => GoalState[keyof GoalState] | undefined>>

export type Reported = keyof typeof REPORTED

/** Whether an event occurred after all those that the state includes. */
export function isNext(state: GoalState, { occurredAtNs, uid }: ReceivedEvent): boolean {
  return isBefore(state.last_at_ns, state.last_uid, occurredAtNs, uid)
}

/** The state after the next event; the first one has none before it. */
export function after(state: GoalState | undefined, event: ReceivedEvent): GoalState {
  const { occurredAtNs, kind } = event
  const keeps = kind === 'cleared' && state !== undefined && saysNothing(event)
  const status = keeps ? state.status : event.status
  const reported = <T>(value: T | null | undefined, before: T | null | undefined): T | null =>
    value === undefined ? (before ?? null) : value
  const active = status === 'active' && kind !== 'cleared'
  return {
    thread_id: event.threadId,
    goal_id: event.goalId,
    session_id: event.sessionId,
    service_name: reported(REPORTED.service_name(event), state?.service_name),
    status,
    cleared: kind === 'cleared' ? 1n : 0n,
    has_token_budget: keeps ? state.has_token_budget : event.hasTokenBudget ? 1n : 0n,
    token_budget: keeps ? state.token_budget : reported(REPORTED.token_budget(event), state?.token_budget),
    tokens_used: reported(REPORTED.tokens_used(event), state?.tokens_used),
    time_used_seconds: reported(REPORTED.time_used_seconds(event), state?.time_used_seconds),
    objective: reported(REPORTED.objective(event), state?.objective),
    model: reported(REPORTED.model(event), state?.model),
    reason: event.reason,
    events: (state?.events ?? 0n) + 1n,
    first_at_ns: state?.first_at_ns ?? occurredAtNs,
    last_at_ns: occurredAtNs,
    last_uid: event.uid,
    created_at_ns: state?.created_at_ns ?? (kind === 'created' ? occurredAtNs : null),
    began_at_ns: kind === 'created' ? occurredAtNs : (state?.began_at_ns ?? null),
    began_uid: kind === 'created' ? event.uid : (state?.began_uid ?? null),
    stopped_at_ns: active ? null : (state?.stopped_at_ns ?? occurredAtNs),
    // Codex's posts have no attributes, OTLP's records always have.
    alone: event.attributes === null ? 1n : 0n,
    replaced_by: state?.replaced_by ?? null,
    replaced_at_ns: state?.replaced_at_ns ?? null,
    replaced_uid: state?.replaced_uid ?? null,
    cut: state?.cut ?? 0n,
  }
}

/** Such a goal keeps what was known of it. */
function saysNothing({ attributes }: ReceivedEvent): boolean {
  return attributes?.includes(`"${STATUS_UNKNOWN}":true`) ?? false
}

/** As SQLite returns it: an integer as a bigint, a fraction as a number. */
function exact(value: number | bigint | null): bigint | number | null {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}
