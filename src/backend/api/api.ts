/**
 * The answers of the backend's API, as types: the page, the commands and the backend itself use them. They are generated
 * from openapi.json, which describes each field and address.
 */

import { GOAL_STATUSES } from '../../goal/goal.ts'
import type { components } from './openapi-types.ts'

type Schemas = components['schemas']

export type GoalState = Schemas['GoalState']
export type GoalSummary = Schemas['GoalSummary']
export type GoalsPage = Schemas['GoalsPage']
export type GoalDetail = Schemas['GoalDetail']
export type StoredEvent = Schemas['StoredEvent']
export type StoredSpan = Schemas['StoredSpan']
export type EventsPage = Schemas['EventsPage']
export type Cost = Schemas['Cost']
export type Costs = Schemas['Costs']
export type Now = Schemas['Now']
export type Summary = Schemas['Summary']
export type SummaryStep = Schemas['SummaryStep']
export type Spread = Schemas['Spread']
export type RejectedPage = Schemas['RejectedPage']
export type RejectedReasons = Schemas['RejectedReasons']
export type RejectedReason = RejectedReasons['reasons'][number]
export type RejectedRecord = RejectedPage['rejected'][number]
export type About = Schemas['About']

export const GOAL_STATES: readonly GoalState[] = [...GOAL_STATUSES, 'stale', 'replaced', 'cleared']

/** Which instant of a goal a time is about: its last event, its creation, or when it stopped. */
export const GOAL_TIMES = ['changed', 'created', 'stopped'] as const
export type GoalTime = (typeof GOAL_TIMES)[number]

/** What goals can be sorted by. */
export const GOAL_SORTS = [
  'changed',
  'started',
  'state',
  'goal',
  'tokens',
  'cost',
  'budget',
  'time',
  'agent',
  'thread',
] as const
export type GoalSort = (typeof GOAL_SORTS)[number]

export function isGoalState(text: string): text is GoalState {
  return (GOAL_STATES as readonly string[]).includes(text)
}

/** @param nowMs Milliseconds since 1970: an active goal becomes stale without an event. */
export function stateOf(
  { status, cleared, replaced_by, stale_at }: Pick<GoalSummary, 'status' | 'cleared' | 'replaced_by' | 'stale_at'>,
  nowMs = Date.now(),
): GoalState {
  if (cleared) return 'cleared'
  if (replaced_by !== null && status !== 'complete') return 'replaced'
  return stale_at !== null && Date.parse(stale_at) <= nowMs ? 'stale' : status
}
