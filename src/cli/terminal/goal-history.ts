import * as semconv from '../../event/semconv.ts'
import type { StoredEvent } from '../demo/stored-events.ts'

/** A goal as its events show it. */
export interface GoalHistory {
  readonly threadId: string
  readonly goalId: string
  readonly objective: string | undefined
  /**
   * In the order in which they happened; `replaced` when another goal took its place, `cleared` when it was removed.
   * Milliseconds since 1970.
   */
  readonly statuses: readonly { readonly atMs: number; readonly status: string }[]
  readonly tokens: number | undefined
  readonly budget: number | undefined
  readonly seconds: number | undefined
}

/** One per goal, the first one first. A goal's key is its thread and its id: a fork has its parent's goal id. */
export function goalHistories(events: readonly StoredEvent[]): GoalHistory[] {
  // By uid, which is by time: events of several senders arrive in any order.
  const sorted = [...events].sort((a, b) => (a.uid < b.uid ? -1 : 1))
  const byGoal = new Map<string, StoredEvent[]>()
  for (const event of sorted) {
    const { thread_id, goal_id } = event.payload.event_params
    const key = JSON.stringify([thread_id, goal_id])
    const known = byGoal.get(key)
    if (known) known.push(event)
    else byGoal.set(key, [event])
  }
  const replacements = new Map(sorted.flatMap(replacement))
  return [...byGoal].map(([key, events]) => historyOf(events, replacements.get(key)))
}

/** When each goal was replaced, by its key. */
function replacement({ occurred_at, payload, attributes }: StoredEvent): [string, number][] {
  const previous = attributes[semconv.ATTR_AGENT_GOAL_PREVIOUS_ID]
  if (typeof previous !== 'string') return []
  return [[JSON.stringify([payload.event_params.thread_id, previous]), Date.parse(occurred_at)]]
}

function historyOf(events: readonly StoredEvent[], replacedAtMs: number | undefined): GoalHistory {
  const [first, last] = [events[0] as StoredEvent, events.at(-1) as StoredEvent]
  const number = (name: string) => last.attributes[name] as number | undefined
  const objective = events.findLast(({ attributes }) => semconv.ATTR_AGENT_GOAL_OBJECTIVE in attributes)
  const statuses = events.map(({ occurred_at, payload: { event_params: goal } }) => ({
    atMs: Date.parse(occurred_at),
    status: goal.event_kind === 'cleared' ? 'cleared' : goal.goal_status,
  }))
  const ended = ['complete', 'cleared'].includes(statuses.at(-1)?.status ?? '')
  if (replacedAtMs !== undefined && !ended) statuses.push({ atMs: replacedAtMs, status: 'replaced' })
  return {
    threadId: first.payload.event_params.thread_id,
    goalId: first.payload.event_params.goal_id,
    objective: objective?.attributes[semconv.ATTR_AGENT_GOAL_OBJECTIVE] as string | undefined,
    statuses,
    tokens: number(semconv.ATTR_AGENT_GOAL_USAGE_TOKENS),
    budget: number(semconv.ATTR_AGENT_GOAL_TOKEN_BUDGET),
    seconds: number(semconv.ATTR_AGENT_GOAL_USAGE_DURATION),
  }
}
