/** The statuses that a goal can have. */
export const GOAL_STATUSES = ['active', 'paused', 'blocked', 'usage_limited', 'budget_limited', 'complete'] as const

export type GoalStatus = (typeof GOAL_STATUSES)[number]

/** A goal belongs to a thread; its key is the pair, because a fork may copy a goal to another thread. */
export interface Goal {
  readonly threadId: string
  readonly goalId: string
  /** 1 to 4000 characters, trimmed. */
  readonly objective: string
  readonly status: GoalStatus
  /** Tokens; positive, or null where the goal has no budget. */
  readonly tokenBudget: number | null
  /** Tokens accounted since the goal was created. */
  readonly tokensUsed: number
  /** Whole seconds accounted since the goal was created. */
  readonly timeUsedSeconds: number
  /** Milliseconds since 1970. */
  readonly createdAtMs: number
  /** Milliseconds since 1970. */
  readonly updatedAtMs: number
}

export function isGoalStatus(value: unknown): value is GoalStatus {
  return (GOAL_STATUSES as readonly unknown[]).includes(value)
}
