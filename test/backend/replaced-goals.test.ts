import { describe, expect, it } from 'vitest'
import type { GoalState, GoalSummary, Summary } from '../../src/backend/api/api.ts'
import { GOAL_STATES, stateOf } from '../../src/backend/api/api.ts'
import { EventStore } from '../../src/backend/store/event-store.ts'
import { Retention } from '../../src/backend/store/retention.ts'
import { type Moment, NOON, send } from './goal-histories.ts'
import { payload } from './goal-records.ts'
import { type RunningBackend, runningBackend } from './running-backend.ts'
import { storedEvent } from './stored-rows.ts'

const at = (ms: number) => new Date(NOON + ms).toISOString()

/** One thread takes on goals in turn, in the same row. */
const FIVE: Moment[] = [1, 2, 3, 4, 5].map((n) => ({
  kind: 'created',
  at: 1000 * n,
  goal: `g${n}`,
  ...(n > 1 && { previous: `g${n - 1}` }),
}))

/** `goal state successor`, by goal. */
async function standing(backend: RunningBackend, query = ''): Promise<string[]> {
  const { goals = [] } = await backend.get(`/api/goals?limit=1000${query}`)
  return (goals as unknown as GoalSummary[])
    .map((goal) => `${goal.goal_id} ${stateOf(goal)} ${goal.replaced_by ?? '-'}`)
    .sort()
}

const REPLACED = ['g1 replaced g2', 'g2 replaced g3', 'g3 replaced g4', 'g4 replaced g5', 'g5 active -']

describe('a goal in whose row its thread has another one', () => {
  it('is shown as replaced, since when and by which, and no longer as active', async () => {
    const backend = await runningBackend()
    await send(backend, ...FIVE)
    expect(await standing(backend)).toEqual(REPLACED)
    expect(await standing(backend, '&state=active')).toEqual(['g5 active -'])
    expect(await standing(backend, '&state=replaced')).toHaveLength(4)
    expect(await backend.get('/api/goals/thread-1/g1')).toMatchObject({
      goal: { status: 'active', replaced_by: 'g2', replaced_at: at(2000), stopped_at: at(2000), last_at: at(1000) },
    })
    const summary = (await backend.get(`/api/summary?since=${at(-1000)}&until=${at(60_000)}`)) as unknown as Summary
    expect(summary.now).toEqual({ ...none(), active: 1, replaced: 4 })
    expect(summary).toMatchObject({
      created: 5,
      stopped: 4,
      completion_rate: 0,
      reasons: [{ state: 'replaced', goals: 4 }],
    })
    expect(await (await fetch(`${backend.url}/metrics`)).text()).toContain(
      'goaltrace_backend_goals{state="replaced"} 4',
    )
  })

  it.each([
    ['backwards', [5, 4, 3, 2, 1]],
    ['mixed', [3, 1, 5, 2, 4]],
    ['twice', [1, 2, 2, 1, 4, 3, 5, 5, 4]],
  ])('is shown so where its events come %s, each in its own request', async (_, order) => {
    const backend = await runningBackend()
    for (const n of order) await send(backend, FIVE[n - 1] as Moment)
    expect(await standing(backend)).toEqual(REPLACED)
  })

  it('keeps the status that it had: a complete one stays complete, and one that had stopped stopped for that', async () => {
    const backend = await runningBackend()
    await send(
      backend,
      ...FIVE,
      { at: 1500, goal: 'g1', status: 'complete' },
      { at: 2500, goal: 'g2', status: 'blocked' },
      { at: 3500, goal: 'g3', kind: 'cleared' },
    )
    expect(await standing(backend)).toEqual([
      'g1 complete g2',
      'g2 replaced g3',
      'g3 cleared -',
      'g4 replaced g5',
      'g5 active -',
    ])
    const summary = (await backend.get(`/api/summary?since=${at(-1000)}&until=${at(60_000)}`)) as unknown as Summary
    expect(summary.reasons.map(({ state }) => state).sort()).toEqual(['blocked', 'cleared', 'complete', 'replaced'])
    expect(summary.completion_rate).toBe(0.25)
  })

  it('is active again where its thread has it again, and the other one is replaced', async () => {
    const backend = await runningBackend()
    const moments = [...FIVE.slice(0, 2), { kind: 'created', at: 9000, goal: 'g1', previous: 'g2' }]
    for (const moment of [2, 0, 1]) await send(backend, moments[moment] as Moment)
    expect(await standing(backend)).toEqual(['g1 active -', 'g2 replaced g1'])
  })

  it('is shown so where an event of it has a later time, by another clock', async () => {
    const backend = await runningBackend()
    await send(backend, ...FIVE.slice(0, 2), { kind: 'usage_accounted', at: 2500, goal: 'g1', tokens: 7 })
    expect(await standing(backend)).toEqual(['g1 replaced g2', 'g2 active -'])
  })

  it('is replaced only by a goal on the same thread', async () => {
    const backend = await runningBackend()
    await send(backend, ...FIVE.slice(0, 2), { kind: 'created', at: 0, goal: 'g1', thread: 'a-fork' })
    expect(await standing(backend, '&thread=a-fork')).toEqual(['g1 active -'])
  })
})

describe('goals of an agent that keeps several on a thread', () => {
  it('are each active', async () => {
    const backend = await runningBackend()
    await send(backend, ...FIVE.map(({ previous, ...moment }) => moment))
    expect(await standing(backend, '&state=active')).toHaveLength(5)
  })
})

describe('goals as Codex posts them', () => {
  const post = (backend: RunningBackend, ...events: readonly [goal: string, kind: string, status?: string][]) =>
    backend.post('/codex/analytics-events/events', {
      events: events.map(([goal_id, event_kind, goal_status = 'active']) =>
        payload({ goal_id, event_kind, goal_status }),
      ),
    })

  it('are replaced by the next that their thread has, since it has one', async () => {
    const backend = await runningBackend()
    await post(backend, ['g1', 'created'], ['g2', 'created'])
    await post(backend, ['g2', 'status_changed', 'complete'], ['g3', 'created'], ['g3', 'cleared'], ['g4', 'created'])
    await post(backend, ['g4', 'usage_accounted'])
    await post(backend, ['g5', 'created'])
    expect(await standing(backend)).toEqual([
      'g1 replaced g2',
      'g2 complete g3',
      'g3 cleared -',
      'g4 replaced g5',
      'g5 active -',
    ])
  })

  it('are replaced where a post of the earlier one comes late, its creation is not known, or all come at once', async () => {
    const backend = await runningBackend()
    await post(backend, ['g1', 'usage_accounted'], ['g2', 'created'], ['g3', 'created'])
    await post(backend, ['g2', 'usage_accounted'])
    expect(await standing(backend)).toEqual(['g1 replaced g2', 'g2 replaced g3', 'g3 active -'])
  })
})

describe('a replaced goal of which retention has removed events', () => {
  const DAY = 86_400_000
  const NOW = 1_790_000_000_000
  const created = (goal: string, receivedAtMs: number, uid: string, bare: boolean, previousGoalId: string | null) => ({
    receivedAtMs,
    events: [
      storedEvent({
        uid,
        goalId: goal,
        kind: 'created',
        occurredAtNs: BigInt(receivedAtMs) * 1_000_000n,
        attributes: bare ? null : '{}',
        previousGoalId: bare ? null : previousGoalId,
      }),
    ],
  })

  it.each([
    ['from a record', false],
    ['posted by Codex', true],
  ])('stays replaced, by one that is gone too, and after a late event: %s', async (_, bare) => {
    const store = new EventStore(':memory:')
    const write = (goal: string, daysAgo: number, uid: string, previous: string | null = null) =>
      store.write([created(goal, NOW - daysAgo * DAY, uid, bare, previous)])
    write('g1', 9, 'a')
    write('g2', 8, 'b', 'g1')
    write('g3', 1, 'c', 'g2')
    // Of the first goal an event is left, of its successor none.
    const late = (uid: string, ofMs: number) =>
      store.write([
        {
          receivedAtMs: NOW,
          events: [
            storedEvent({ uid, goalId: 'g1', occurredAtNs: BigInt(ofMs) * 1_000_000n, attributes: bare ? null : '{}' }),
          ],
        },
      ])
    late('d', NOW - 9 * DAY + 1)
    const retention = new Retention(store.database, { age: 5 * DAY }, () => {})
    await retention.sweep(NOW)
    retention.close()
    late('e', NOW - 9 * DAY + 2)
    const goals = store.database.prepare('SELECT goal_id, replaced_by FROM goal ORDER BY goal_id').raw().all()
    expect(goals).toEqual([
      ['g1', 'g2'],
      ['g3', null],
    ])
    const kept = store.database.prepare('SELECT count(*) FROM replacement').pluck().get()
    await new Retention(store.database, { age: 0 }, () => {}).sweep(NOW + DAY)
    expect(kept).toBeGreaterThan(0)
    expect(store.database.prepare('SELECT count(*) FROM replacement').pluck().get()).toBe(0)
    store.close()
  })
})

function none(): Record<GoalState, number> {
  return Object.fromEntries(GOAL_STATES.map((state) => [state, 0])) as Record<GoalState, number>
}
