import type { ReceivedEvent } from './intake.ts'

/** A row of the table `goal`: where a goal stands after all events of it that arrived, in the order in which they occurred. */
export interface GoalState {
  thread_id: string
  goal_id: string
  session_id: string
  service_name: string | null
  status: string
  cleared: bigint
  has_token_budget: bigint
  /** Of the last event that told or removed one. */
  token_budget: bigint | null
  /** These and `service_name` and `objective`: of the last event that told one. */
  tokens_used: bigint | null
  time_used_seconds: bigint | null
  objective: string | null
  events: bigint
  first_at_ns: bigint
  last_at_ns: bigint
  /** Of the last event: the second part of the order in which events occurred. */
  last_uid: string
  /** Of the first event that told its creation. */
  created_at_ns: bigint | null
  /** When it last left `active`, or was cleared while active; null while it is active. */
  stopped_at_ns: bigint | null
  /** 1 where retention has removed some of its events, which nothing can be told from any more. */
  cut: bigint
}

/** What an event tells, or undefined where it is silent; null is told too: a budget that was removed. */
export const TOLD = {
  service_name: (event: ReceivedEvent) => event.serviceName ?? undefined,
  token_budget: (event: ReceivedEvent) => (event.hasTokenBudget ? (exact(event.tokenBudget) ?? undefined) : null),
  tokens_used: (event: ReceivedEvent) => exact(event.tokensUsed) ?? undefined,
  time_used_seconds: (event: ReceivedEvent) => exact(event.timeUsedSeconds) ?? undefined,
  objective: (event: ReceivedEvent) => event.objective ?? undefined,
} satisfies Partial<Record<keyof GoalState, (event: ReceivedEvent) => GoalState[keyof GoalState] | undefined>>

export type Told = keyof typeof TOLD

/** Whether an event occurred behind all that the state knows of. */
export function isNext(state: GoalState, { occurredAtNs, uid }: ReceivedEvent): boolean {
  return occurredAtNs > state.last_at_ns || (occurredAtNs === state.last_at_ns && uid > state.last_uid)
}

/** The state after the next event; the first one has none before it. */
export function after(state: GoalState | undefined, event: ReceivedEvent): GoalState {
  const { occurredAtNs, kind, status } = event
  const told = <T>(value: T | null | undefined, before: T | null | undefined): T | null =>
    value === undefined ? (before ?? null) : value
  const active = status === 'active' && kind !== 'cleared'
  return {
    thread_id: event.threadId,
    goal_id: event.goalId,
    session_id: event.sessionId,
    service_name: told(TOLD.service_name(event), state?.service_name),
    status,
    cleared: kind === 'cleared' ? 1n : 0n,
    has_token_budget: event.hasTokenBudget ? 1n : 0n,
    token_budget: told(TOLD.token_budget(event), state?.token_budget),
    tokens_used: told(TOLD.tokens_used(event), state?.tokens_used),
    time_used_seconds: told(TOLD.time_used_seconds(event), state?.time_used_seconds),
    objective: told(TOLD.objective(event), state?.objective),
    events: (state?.events ?? 0n) + 1n,
    first_at_ns: state?.first_at_ns ?? occurredAtNs,
    last_at_ns: occurredAtNs,
    last_uid: event.uid,
    created_at_ns: state?.created_at_ns ?? (kind === 'created' ? occurredAtNs : null),
    stopped_at_ns: active ? null : (state?.stopped_at_ns ?? occurredAtNs),
    cut: state?.cut ?? 0n,
  }
}

function exact(value: number | bigint | null): bigint | null {
  return value === null ? null : BigInt(value)
}
