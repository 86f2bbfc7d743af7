import type { GoalState } from '../backend/api.ts'
import { GOAL_STATUSES } from '../goal/goal.ts'

export const STATES: readonly GoalState[] = [...GOAL_STATUSES, 'cleared']

export const STATE_NAMES: Readonly<Record<GoalState, string>> = {
  active: 'Active',
  paused: 'Paused',
  blocked: 'Blocked',
  usage_limited: 'Usage limited',
  budget_limited: 'Budget limited',
  complete: 'Complete',
  cleared: 'Cleared',
}

export function isState(text: string): text is GoalState {
  return (STATES as readonly string[]).includes(text)
}

export function stateOf({ cleared, status }: { readonly cleared: boolean; readonly status: GoalState }): GoalState {
  return cleared ? 'cleared' : status
}
