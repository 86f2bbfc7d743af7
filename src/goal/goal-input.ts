import { GOAL_STATUSES, type GoalStatus, isGoalStatus } from './goal.ts'

export const MAX_OBJECTIVE_CHARACTERS = 4000

/** The fields of a new goal. */
export interface NewGoal {
  /** 1 to 4000 characters after trimming. */
  readonly objective: string
  /** Tokens, positive. Default, and null: no budget. */
  readonly tokenBudget?: number | null | undefined
}

/** The fields of an update of a goal; absent fields stay as they are. */
export interface GoalUpdate {
  /** 1 to 4000 characters after trimming. */
  readonly objective?: string | undefined
  readonly status?: GoalStatus | undefined
  /** Tokens, positive; null removes the budget. */
  readonly tokenBudget?: number | null | undefined
}

/**
 * @returns the goal as it is stored: the objective trimmed, no budget as null.
 * @throws {TypeError | RangeError} naming the operation, the field and what it may be.
 */
export function checkedNewGoal(operation: string, goal: NewGoal): { objective: string; tokenBudget: number | null } {
  return {
    objective: checkedObjective(operation, goal.objective),
    tokenBudget: goal.tokenBudget === undefined ? null : checkedBudget(operation, goal.tokenBudget),
  }
}

/**
 * @returns the update with its objective trimmed.
 * @throws {TypeError | RangeError} naming the operation, the field and what it may be.
 */
export function checkedUpdate(operation: string, { objective, status, tokenBudget }: GoalUpdate): GoalUpdate {
  return {
    objective: objective === undefined ? undefined : checkedObjective(operation, objective),
    status: status === undefined ? undefined : checkedStatus(operation, status),
    tokenBudget: tokenBudget === undefined ? undefined : checkedBudget(operation, tokenBudget),
  }
}

/** @throws {TypeError} where it is not a string, or an empty one. */
export function checkedId(operation: string, field: string, id: string): string {
  if (typeof id === 'string' && id !== '') return id
  throw new TypeError(`${operation}: ${field} is ${shown(id)}; pass a string that is not empty`)
}

/** @throws {TypeError | RangeError} where it is not a whole number from 0 to Number.MAX_SAFE_INTEGER. */
export function checkedCount(operation: string, field: string, count: number): number {
  if (typeof count !== 'number') throw new TypeError(`${operation}: ${field} is ${shown(count)}; pass a number`)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new RangeError(`${operation}: ${field} is ${count}; pass a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`)
}

/** @throws {RangeError} where it is not a goal's status. */
export function checkedStatus(operation: string, status: GoalStatus): GoalStatus {
  if (isGoalStatus(status)) return status
  throw new RangeError(`${operation}: status is ${shown(status)}; pass one of ${GOAL_STATUSES.join(', ')}`)
}

function checkedObjective(operation: string, objective: string): string {
  if (typeof objective !== 'string') {
    throw new TypeError(`${operation}: objective is ${shown(objective)}; pass a string`)
  }
  const trimmed = objective.trim()
  // Characters are code points, as Codex counts them: an emoji is one.
  const length = [...trimmed].length
  if (length >= 1 && length <= MAX_OBJECTIVE_CHARACTERS) return trimmed
  const found = length === 0 ? 'empty' : `${length} characters long`
  throw new RangeError(`${operation}: objective is ${found}; pass 1 to ${MAX_OBJECTIVE_CHARACTERS} characters`)
}

function checkedBudget(operation: string, tokenBudget: number | null): number | null {
  if (tokenBudget === null) return null
  if (typeof tokenBudget !== 'number') {
    throw new TypeError(`${operation}: tokenBudget is ${shown(tokenBudget)}; pass a number of tokens, or null for none`)
  }
  if (Number.isSafeInteger(tokenBudget) && tokenBudget > 0) return tokenBudget
  throw new RangeError(
    `${operation}: tokenBudget is ${tokenBudget}; pass a whole number of tokens from 1 to ${Number.MAX_SAFE_INTEGER}, or null for none`,
  )
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : String(value)
}
