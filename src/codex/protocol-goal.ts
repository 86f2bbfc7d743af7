import { type GoalStatus, isGoalStatus } from '../goal/goal.ts'

/** A goal as Codex's protocol, its tools and its rollouts say it; its objective is never read. */
export interface ProtocolGoal {
  readonly status: GoalStatus
  /** Tokens; null for no budget. */
  readonly tokenBudget: number | null
  readonly tokensUsed: number
  readonly timeUsedSeconds: number
  /** Seconds since 1970: whole, where the row has milliseconds. */
  readonly createdAt: number | undefined
  readonly updatedAt: number | undefined
}

/** @returns undefined for what is not a goal, or one whose status is new. */
export function protocolGoal(value: unknown): ProtocolGoal | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { status, tokenBudget, tokensUsed, timeUsedSeconds, createdAt, updatedAt } = value as Record<string, unknown>
  const word = goalStatus(status)
  if (word === undefined || typeof tokensUsed !== 'number' || typeof timeUsedSeconds !== 'number') return undefined
  return {
    status: word,
    tokenBudget: typeof tokenBudget === 'number' ? tokenBudget : null,
    tokensUsed,
    timeUsedSeconds,
    createdAt: typeof createdAt === 'number' ? createdAt : undefined,
    updatedAt: typeof updatedAt === 'number' ? updatedAt : undefined,
  }
}

/** The protocol says `budgetLimited` where the database says `budget_limited`. */
function goalStatus(word: unknown): GoalStatus | undefined {
  if (typeof word !== 'string') return undefined
  const status = word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return isGoalStatus(status) ? status : undefined
}
