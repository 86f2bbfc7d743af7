import type { GoalSnapshot } from '../../src/index.ts'

export let count = 0

export function create(goalId: string): GoalSnapshot {
  count++
  return { threadId: 't', goalId, status: 'active' }
}
