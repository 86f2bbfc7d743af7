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
export type Summary = Schemas['Summary']
export type SummaryStep = Schemas['SummaryStep']
export type Spread = Schemas['Spread']
export type RejectedPage = Schemas['RejectedPage']
export type RejectedRecord = RejectedPage['rejected'][number]
export type About = Schemas['About']

export const GOAL_STATES: readonly GoalState[] = [...GOAL_STATUSES, 'replaced', 'cleared']

/** Which instant of a goal a time is about: its last event, its creation, or when it stopped. */
export const GOAL_TIMES = ['changed', 'created', 'stopped'] as const
export type GoalTime = (typeof GOAL_TIMES)[number]

export function isGoalState(text: string): text is GoalState {
  return (GOAL_STATES as readonly string[]).includes(text)
}

export function stateOf({
  status,
  cleared,
  replaced_by,
}: Pick<GoalSummary, 'status' | 'cleared' | 'replaced_by'>): GoalState {
  if (cleared) return 'cleared'
  return replaced_by !== null && status !== 'complete' ? 'replaced' : status
}
