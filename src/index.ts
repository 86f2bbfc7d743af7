export type { Goal, GoalStatus } from './goal/goal.ts'
