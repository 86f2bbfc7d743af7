import type { GoalStatus } from '../goal/goal.ts'

/** A goal as one version of its row has it. What the row does not say is undefined, never guessed. */
export interface GoalSnapshot {
  readonly threadId: string
  readonly goalId: string
  /** Undefined where no mapping knows what the row says: such a change emits nothing. */
  readonly status?: GoalStatus | undefined
  /** Tokens; null where the goal has no budget, undefined where the row does not say. */
  readonly tokenBudget?: number | null | undefined
  /** Tokens, cumulative; with a fraction where the row has one. */
  readonly tokensUsed?: number | undefined
  /** Seconds, cumulative; with a fraction where the row has one. */
  readonly timeUsedSeconds?: number | undefined
  /** Characters. */
  readonly objectiveLength?: number | undefined
  /** Only where capturing it was asked for. */
  readonly objective?: string | undefined
  /** The model that works on the goal, as its provider calls it. A change of it alone emits nothing. */
  readonly model?: string | undefined
  /** Why it has its status, such as what blocks it; only where capturing content was asked for. A change of it alone emits nothing. */
  readonly reason?: string | undefined
}

/** One goal's row before and after a mutation; null where there was or is none. */
export interface GoalChange {
  readonly before: GoalSnapshot | null
  readonly after: GoalSnapshot | null
}
