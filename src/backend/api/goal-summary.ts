import { jsonObject, jsonTime, type Row } from '../store/stored-json.ts'
import type { GoalSummary } from './api.ts'
import { goalCost } from './costs.ts'
import type { GoalView } from './goal-view.ts'
import { isActive } from './stale-goals.ts'

/** The columns of `goal` that an answer has. */
export const GOAL_COLUMNS = `thread_id, goal_id, session_id, service_name, status, cleared, has_token_budget, token_budget,
  tokens_used, time_used_seconds, objective, model, reason, first_at_ns, last_at_ns, stopped_at_ns, replaced_by, replaced_at_ns,
  events`

/** A GoalSummary as JSON text. */
export function goalSummary(row: Row, { staleness, prices }: GoalView): string {
  const tokens = row.tokens_used === null ? null : Number(row.tokens_used)
  const cost = goalCost(prices, { model: row.model as string | null, tokens })
  return jsonObject<GoalSummary>({
    thread_id: JSON.stringify(row.thread_id),
    goal_id: JSON.stringify(row.goal_id),
    session_id: JSON.stringify(row.session_id),
    service: JSON.stringify(row.service_name),
    status: JSON.stringify(row.status),
    reason: JSON.stringify(row.reason),
    cleared: row.cleared === 1n,
    has_token_budget: row.has_token_budget === 1n,
    token_budget: row.token_budget,
    tokens_used: row.tokens_used,
    time_used_seconds: row.time_used_seconds,
    cost: JSON.stringify(cost),
    objective: JSON.stringify(row.objective),
    model: JSON.stringify(row.model),
    first_at: jsonTime(row.first_at_ns),
    last_at: jsonTime(row.last_at_ns),
    stale_at: isActive(row) ? jsonTime((row.last_at_ns as bigint) + BigInt(staleness.afterMs) * 1_000_000n) : null,
    stopped_at: jsonTime(row.stopped_at_ns),
    replaced_by: JSON.stringify(row.replaced_by),
    replaced_at: jsonTime(row.replaced_at_ns),
    events: row.events,
  })
}
