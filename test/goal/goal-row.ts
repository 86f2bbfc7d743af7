import type { GoalSnapshot } from '../../src/event/goal-change.ts'
import type { GoalEvent } from '../../src/event/goal-event.ts'
import type { GoalStatus } from '../../src/goal/goal.ts'
import type { GoldenParams } from './golden.ts'

/** A row of `thread_goals`, as JSON. */
export interface GoalRow {
  readonly thread_id: string
  readonly goal_id: string
  readonly objective: string
  readonly status: GoalStatus
  readonly token_budget: number | null
  readonly tokens_used: number
  readonly time_used_seconds: number
  readonly created_at_ms: number
  readonly updated_at_ms: number
}

export function snapshotOf(row: GoalRow | null): GoalSnapshot | null {
  return (
    row && {
      threadId: row.thread_id,
      goalId: row.goal_id,
      status: row.status,
      tokenBudget: row.token_budget,
      tokensUsed: row.tokens_used,
      timeUsedSeconds: row.time_used_seconds,
      objectiveLength: [...row.objective].length,
    }
  )
}

/** The part of a payload that follows from a goal's row alone. */
export function paramsOf({ kind, goal }: GoalEvent): Partial<GoldenParams> {
  const usage = kind === 'usage_accounted'
  return {
    thread_id: goal.threadId,
    goal_id: goal.goalId,
    event_kind: kind,
    goal_status: goal.status,
    has_token_budget: goal.tokenBudget !== null,
    cumulative_tokens_accounted: usage ? (goal.tokensUsed ?? null) : null,
    cumulative_time_accounted_seconds: usage ? (goal.timeUsedSeconds ?? null) : null,
  }
}
