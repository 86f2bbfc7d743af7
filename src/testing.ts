export { type CollectedGoalEvent, collectGoalEvents, type GoalEventCollection } from './api/collect-goal-events.ts'
export type { GoalEventKind } from './event/goal-event.ts'
export type { GoalAttributes } from './event/log-record.ts'
export type { GoalLogRecord } from './telemetry/goal-logs.ts'
