import type { Database } from 'better-sqlite3'
import type { GoalState } from './api.ts'
import { Where } from './where.ts'

/**
 * Why a goal has stopped, in SQL; meant where `stopped_at_ns` is not null. openapi.json has the definition of stopped that
 * every count and every list follows.
 */
export const STOP_REASON = "iif(status = 'active', iif(cleared, 'cleared', 'replaced'), status)"

export interface StoppedGoal {
  readonly stoppedAtMs: number
  readonly reason: GoalState
  readonly tokens: number | null
  readonly seconds: number | null
  /** Tokens; null without a budget. */
  readonly budget: number | null
  readonly service: string | null
  readonly model: string | null
}

type Columns = [number, GoalState, number | null, number | null, number | null, string | null, string | null]

/** Goals that stopped in a time and have not come back. Beyond 2^53 its numbers are rounded. */
export function stoppedGoals(database: Database, since: bigint, until: bigint, service: string | null): StoppedGoal[] {
  const where = new Where().between('stopped_at_ns', since, until).equal('service_name', service)
  const sql = `
    SELECT stopped_at_ns / 1000000, ${STOP_REASON}, tokens_used, time_used_seconds,
      iif(has_token_budget, token_budget, NULL), service_name, model
    FROM goal ${where.sql}`
  const rows = database.prepare(sql).raw().all(where.values) as Columns[]
  return rows.map(([stoppedAtMs, reason, tokens, seconds, budget, service, model]) => ({
    stoppedAtMs,
    reason,
    tokens,
    seconds,
    budget,
    service,
    model,
  }))
}
