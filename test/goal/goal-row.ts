import { codexEventKind } from '../../src/codex/codex-event-kind.ts'
import type { GoalSnapshot } from '../../src/event/goal-change.ts'
import { eventNameOf, type GoalEvent } from '../../src/event/goal-event.ts'
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

/** The parts of payloads that follow from a goal's row alone: none for a kind of event that Codex does not have. */
export function paramsOf({ kind, goal }: GoalEvent): Partial<GoldenParams>[] {
  const eventKind = codexEventKind(eventNameOf(kind))
  if (!eventKind) return []
  const usage = eventKind === 'usage_accounted'
  return [
    {
      thread_id: goal.threadId,
      goal_id: goal.goalId,
      event_kind: eventKind,
      goal_status: goal.status,
      has_token_budget: goal.tokenBudget !== null,
      cumulative_tokens_accounted: usage ? (goal.tokensUsed ?? null) : null,
      cumulative_time_accounted_seconds: usage ? (goal.timeUsedSeconds ?? null) : null,
    },
  ]
}
