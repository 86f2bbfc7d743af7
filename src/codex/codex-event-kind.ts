import type { GoalEventKind } from '../event/goal-event.ts'
import {
  EVENT_AGENT_GOAL_CLEARED,
  EVENT_AGENT_GOAL_CREATED,
  EVENT_AGENT_GOAL_STATUS_CHANGED,
  EVENT_AGENT_GOAL_USAGE_ACCOUNTED,
} from '../event/semconv.ts'

/** The kinds of event on Codex's wire: the payload's `event_kind`. */
export const CODEX_EVENT_KINDS = ['created', 'usage_accounted', 'status_changed', 'cleared'] as const

export type CodexEventKind = (typeof CODEX_EVENT_KINDS)[number]

/** goaltrace's events by the names of their records; null for a kind that Codex does not have: no payload is made of it. */
const TRANSLATION: Readonly<Record<`agent_goal.${GoalEventKind}`, CodexEventKind | null>> = {
  [EVENT_AGENT_GOAL_CREATED]: 'created',
  [EVENT_AGENT_GOAL_USAGE_ACCOUNTED]: 'usage_accounted',
  [EVENT_AGENT_GOAL_STATUS_CHANGED]: 'status_changed',
  [EVENT_AGENT_GOAL_CLEARED]: 'cleared',
}

// A Map, because an object would also know `constructor`, which a record's name may be as well as anything.
const KINDS = new Map<string, CodexEventKind | null>(Object.entries(TRANSLATION))

/**
 * Codex's kind for the name of a goal event's record.
 * @returns null for a kind that only goaltrace has, whose records are passed over; undefined for a name that is not an
 * event's of goaltrace, whose records are rejected.
 */
export function codexEventKind(eventName: string): CodexEventKind | null | undefined {
  return KINDS.get(eventName)
}
