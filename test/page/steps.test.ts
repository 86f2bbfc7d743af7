import { expect, it } from 'vitest'
import type { StoredEvent } from '../../src/backend/api/api.ts'
import { steps } from '../../src/page/goal/goal-facts.ts'

const event = (event_kind: string, goal_status: string, previous?: string) =>
  ({
    occurred_at: '2026-01-01T00:00:00.000Z',
    payload: { event_params: { event_kind, goal_status } },
    attributes: previous ? { 'agent_goal.previous_status': previous } : {},
  }) as unknown as StoredEvent

it('a goal that comes back to its last known state, from a word that nothing maps, has no state before it', () => {
  const events = [
    event('created', 'active'),
    event('status_changed', 'active'),
    event('status_changed', 'paused'),
    event('status_changed', 'complete', 'blocked'),
  ]
  expect(steps(events, true).map(({ before }) => before)).toEqual([undefined, undefined, 'active', 'blocked'])
})
