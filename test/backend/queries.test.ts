import { describe, expect, it } from 'vitest'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

const T0 = 1_790_000_000_000_000_000n

/** The life of a goal: a uid tells the order within the same nanosecond. */
const LIFE = [
  event('created', 'u0', 0, { 'agent_goal.usage.tokens': 0, 'agent_goal.usage.duration': 0 }),
  event('usage_accounted', 'u1', 1, { 'agent_goal.usage.tokens': 700, 'agent_goal.usage.duration': 5 }),
  event('usage_accounted', 'u2', 2, { 'agent_goal.usage.tokens': 900, 'agent_goal.usage.duration': 9 }),
  event('status_changed', 'u3', 2, {
    'agent_goal.status': 'complete',
    'agent_goal.usage.tokens': undefined,
    'agent_goal.usage.duration': undefined,
    'agent_goal.token_budget': undefined,
  }),
]

function event(kind: string, uid: string, at: number, attributes: object): object {
  return goalRecord(
    { 'log.record.uid': uid, ...attributes },
    { eventName: `agent_goal.${kind}`, timeUnixNano: String(T0 + BigInt(at)) },
  )
}

describe('the state of a goal', () => {
  const orders = permutations(LIFE)

  it('is the same whatever the order of arrival', async () => {
    const backend = await runningBackend()
    for (const [at, order] of orders.entries()) {
      const mine = JSON.stringify(order)
        .replaceAll('goal-1', `goal-${at}`)
        .replace(/"u(\d)"/g, `"u-${at}-$1"`)
      for (const record of JSON.parse(mine)) await backend.post('/v1/logs', logs(record))
    }
    const { goals } = await backend.get('/api/goals')
    expect(goals).toHaveLength(24)
    for (const goal of goals ?? []) {
      expect(goal).toEqual({
        thread_id: 'thread-1',
        goal_id: expect.stringMatching(/^goal-\d+$/),
        session_id: 'session-1',
        service: 'agent',
        status: 'complete',
        cleared: false,
        has_token_budget: true,
        token_budget: 5000,
        tokens_used: 900,
        time_used_seconds: 9,
        first_at: '2026-09-21T14:13:20.000Z',
        last_at: '2026-09-21T14:13:20.000Z',
        events: 4,
      })
    }
  })

  it('is one per thread and goal: a fork has the same goal_id', async () => {
    const backend = await runningBackend()
    const fork = event('status_changed', 'u9', 9, { 'gen_ai.conversation.id': 'fork', 'agent_goal.status': 'paused' })
    await backend.post('/v1/logs', logs(...LIFE, fork))
    const { goals } = await backend.get('/api/goals')
    expect(goals?.map((goal) => [goal.thread_id, goal.goal_id, goal.status])).toEqual([
      ['thread-1', 'goal-1', 'complete'],
      ['fork', 'goal-1', 'paused'],
    ])
    expect((await backend.get('/api/goals?thread=fork')).goals).toHaveLength(1)
    expect((await backend.get('/api/goals?goal=nothing')).goals).toEqual([])
  })

  it('has no budget once it was removed, and is cleared when it is gone', async () => {
    const backend = await runningBackend()
    const removed = { 'agent_goal.has_token_budget': false, 'agent_goal.token_budget': undefined }
    await backend.post('/v1/logs', logs(...LIFE, event('cleared', 'u9', 9, removed)))
    expect((await backend.get('/api/goals')).goals).toMatchObject([
      { has_token_budget: false, token_budget: null, cleared: true, status: 'active' },
    ])
  })
})

describe('a reader with a cursor', () => {
  it('gets each event once, in the order of arrival, also those that come later', async () => {
    const backend = await runningBackend()
    await backend.post('/v1/logs', logs(...LIFE.slice(1)))
    const seen: unknown[] = []
    let cursor = '0'
    const read = async () => {
      const { events, next } = await backend.get(`/api/events?after=${cursor}&limit=2`)
      seen.push(...(events ?? []).map((one) => one.uid))
      cursor = String(next)
    }
    for (let page = 0; page < 3; page++) await read()
    expect(seen).toEqual(['u1', 'u2', 'u3'])
    await backend.post('/v1/logs', logs(LIFE[0]))
    await read()
    expect(seen).toEqual(['u1', 'u2', 'u3', 'u0'])
  })

  it('may ask for one thread or one goal', async () => {
    const backend = await runningBackend()
    const other = event('created', 'u9', 9, { 'gen_ai.conversation.id': 'thread-2', 'agent_goal.id': 'goal-2' })
    await backend.post('/v1/logs', logs(LIFE[0], other, LIFE[1]))
    const uids = async (query: string) => (await backend.get(`/api/events?${query}`)).events?.map((one) => one.uid)
    expect(await uids('thread=thread-1')).toEqual(['u0', 'u1'])
    expect(await uids('goal=goal-2')).toEqual(['u9'])
    expect(await uids('thread=thread-1&goal=goal-2')).toEqual([])
  })

  it.each(['after=x', 'after=-1', 'limit=1001', 'limit=1e3'])('is told what %s should be', async (query) => {
    const backend = await runningBackend()
    const answer = await fetch(`${backend.url}/api/events?${query}`)
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([
      400,
      expect.stringContaining('is not a whole number'),
    ])
  })
})

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((one, at) => permutations(list.toSpliced(at, 1)).map((rest) => [one, ...rest]))
}
