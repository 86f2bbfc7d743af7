import type { GoalStatus } from './goal.ts'
import { ACCOUNTED_STATUSES } from './sqlite-goal-store.ts'

/** The statuses into which a model may bring its goal. */
export const MODEL_STATUSES = ['complete', 'blocked', 'paused'] as const

export type ModelStatus = (typeof MODEL_STATUSES)[number]

/** Statuses whose usage still counts when the model ends a goal that something else has changed meanwhile. */
export const ACCOUNTED_BEFORE: Readonly<Record<ModelStatus, readonly GoalStatus[]>> = {
  complete: [...ACCOUNTED_STATUSES, 'complete'],
  blocked: [...ACCOUNTED_STATUSES, 'paused', 'blocked', 'usage_limited'],
  paused: [...ACCOUNTED_STATUSES, 'paused', 'blocked', 'usage_limited'],
}
