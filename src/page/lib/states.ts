import type { GoalState } from '../../backend/api/api.ts'

export const STATE_NAMES: Readonly<Record<GoalState, string>> = {
  active: 'Active',
  paused: 'Paused',
  blocked: 'Blocked',
  usage_limited: 'Usage limited',
  budget_limited: 'Budget limited',
  complete: 'Complete',
  stale: 'Stale',
  replaced: 'Replaced',
  cleared: 'Cleared',
}
