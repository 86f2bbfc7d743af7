import type { Row } from '../store/stored-json.ts'

/**
 * An agent that has died leaves its goals active. One without an event for some time is stale: it is unknown whether
 * anything works on it. That is a matter of the clock, so it is not stored.
 */
export interface Staleness {
  /** Milliseconds without an event. */
  readonly afterMs: number
}

/** Twenty minutes: longer than a model or a tool usually takes between two events. */
export const STALE_AFTER: Staleness = { afterMs: 20 * 60_000 }

/** Nanoseconds since 1970: the last event of a goal that is stale now was before it. */
export function staleBefore({ afterMs }: Staleness): bigint {
  return BigInt(Date.now() - afterMs) * 1_000_000n
}

/** GoalState in SQL, as api.ts's stateOf() says it. */
export function stateSql(staleness: Staleness): string {
  return `CASE WHEN cleared THEN 'cleared' WHEN replaced_by IS NOT NULL AND status <> 'complete' THEN 'replaced'
    WHEN status = 'active' AND last_at_ns < ${staleBefore(staleness)} THEN 'stale' ELSE status END`
}

/** Whether a goal is one that may become stale. */
export function isActive({ status, cleared, replaced_by }: Row): boolean {
  return status === 'active' && cleared === 0n && replaced_by === null
}
