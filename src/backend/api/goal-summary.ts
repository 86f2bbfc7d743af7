import { jsonObject, jsonTime, type Row } from '../store/stored-json.ts'
import type { GoalSummary } from './api.ts'

/** The columns of `goal` that an answer has. */
export const GOAL_COLUMNS = `thread_id, goal_id, session_id, service_name, status, cleared, has_token_budget, token_budget,
  tokens_used, time_used_seconds, objective, model, first_at_ns, last_at_ns, stopped_at_ns, replaced_by, replaced_at_ns, events`

/** GoalState in SQL. */
export const STATE = `CASE WHEN cleared THEN 'cleared' WHEN replaced_by IS NOT NULL AND status <> 'complete' THEN 'replaced'
  ELSE status END`

/** A GoalSummary as JSON text. */
export function goalSummary(row: Row): string {
  return jsonObject<GoalSummary>({
    thread_id: JSON.stringify(row.thread_id),
    goal_id: JSON.stringify(row.goal_id),
    session_id: JSON.stringify(row.session_id),
    service: JSON.stringify(row.service_name),
    status: JSON.stringify(row.status),
    cleared: row.cleared === 1n,
    has_token_budget: row.has_token_budget === 1n,
    token_budget: row.token_budget,
    tokens_used: row.tokens_used,
    time_used_seconds: row.time_used_seconds,
    objective: JSON.stringify(row.objective),
    model: JSON.stringify(row.model),
    first_at: jsonTime(row.first_at_ns),
    last_at: jsonTime(row.last_at_ns),
    stopped_at: jsonTime(row.stopped_at_ns),
    replaced_by: JSON.stringify(row.replaced_by),
    replaced_at: jsonTime(row.replaced_at_ns),
    events: row.events,
  })
}
