import { describe, expect, it } from 'vitest'
import { NOON, send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

const T0 = 1_790_000_000_000_000_000n

/** The history of a goal: the uid gives the order within the same nanosecond. */
const HISTORY = [
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
  const orders = permutations(HISTORY)

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
        reason: null,
        cost: null,
        cleared: false,
        has_token_budget: true,
        token_budget: 5000,
        tokens_used: 900,
        time_used_seconds: 9,
        objective: null,
        model: null,
        first_at: '2026-09-21T14:13:20.000Z',
        last_at: '2026-09-21T14:13:20.000Z',
        stale_at: null,
        stopped_at: '2026-09-21T14:13:20.000Z',
        replaced_by: null,
        replaced_at: null,
        events: 4,
      })
    }
  })

  it('is one per thread and goal: a fork has the same goal_id', async () => {
    const backend = await runningBackend()
    const fork = event('status_changed', 'u9', 9, { 'gen_ai.conversation.id': 'fork', 'agent_goal.status': 'paused' })
    await backend.post('/v1/logs', logs(...HISTORY, fork))
    const { goals } = await backend.get('/api/goals')
    expect(goals?.map((goal) => [goal.thread_id, goal.goal_id, goal.status])).toEqual([
      ['fork', 'goal-1', 'paused'],
      ['thread-1', 'goal-1', 'complete'],
    ])
    expect((await backend.get('/api/goals?thread=fork')).goals).toHaveLength(1)
    expect((await backend.get('/api/goals?goal=nothing')).goals).toEqual([])
  })

  it('has no budget once it was removed, and is cleared when it is gone', async () => {
    const backend = await runningBackend()
    const removed = { 'agent_goal.has_token_budget': false, 'agent_goal.token_budget': undefined }
    await backend.post('/v1/logs', logs(...HISTORY, event('cleared', 'u9', 9, removed)))
    expect((await backend.get('/api/goals')).goals).toMatchObject([
      { has_token_budget: false, token_budget: null, cleared: true, status: 'active' },
    ])
  })
})

describe('a page of goals', () => {
  const ids = (page: Record<string, Record<string, unknown>[]>) => page.goals?.map((goal) => goal.goal_id)
  const at = (ms: number) => new Date(NOON + ms).toISOString()

  async function fourGoals() {
    const backend = await runningBackend()
    await send(
      backend,
      { goal: 'a', at: 1, kind: 'created', objective: 'Port the 100% parser' },
      { goal: 'b', at: 2, kind: 'created', service: 'Reviewer', thread: 'thread-2' },
      { goal: 'c', at: 3, kind: 'created' },
      { goal: 'a', at: 4, status: 'blocked' },
      { goal: 'd', at: 4, kind: 'created' },
      { goal: 'd', at: 5, kind: 'cleared', status: 'complete' },
    )
    return backend
  }

  it('has the goal first that changed last, and says how many there are', async () => {
    const backend = await fourGoals()
    const page = await backend.get('/api/goals')
    expect(ids(page)).toEqual(['d', 'a', 'c', 'b'])
    expect(page).toMatchObject({ total: 4, next: null })
    expect(page.goals?.map((goal) => goal.stopped_at)).toEqual([at(5), at(4), null, null])
  })

  it('goes on where the last one ended, each goal once, also of one instant', async () => {
    const backend = await runningBackend()
    const goals = Array.from({ length: 25 }, (_, of) => ({ goal: `goal-${of}`, at: Math.floor(of / 10) }))
    await send(backend, ...goals)
    const seen: unknown[] = []
    let cursor: unknown = ''
    while (cursor !== null) {
      const page = await backend.get(`/api/goals?limit=4${cursor && `&cursor=${cursor}`}`)
      expect(page.total).toBe(25)
      seen.push(...(ids(page) ?? []))
      cursor = page.next
    }
    const { goals: all } = await backend.get('/api/goals')
    expect(seen).toEqual(all?.map((goal) => goal.goal_id))
    expect(new Set(seen).size).toBe(25)
  })

  it('is in the order that was asked for, those without a value last, and goes on in it', async () => {
    const backend = await runningBackend()
    await send(
      backend,
      { goal: 'a', at: 4, tokens: 10, budget: 100, status: 'blocked', objective: 'Zebra' },
      { goal: 'B', at: 3, tokens: 2, budget: 4, thread: 'thread-2', service: 'Reviewer', objective: 'apple' },
      { goal: 'c', at: 2, tokens: 10, seconds: 3, objective: 'Mango' },
      { goal: 'd', at: 1, thread: 'thread-0' },
    )
    const inOrder = async (query: string) => {
      const seen: unknown[] = []
      for (let next: unknown = ''; next !== null; ) {
        const page = await backend.get(`/api/goals?limit=2&${query}${next && `&cursor=${next}`}`)
        seen.push(...(ids(page) ?? []))
        next = page.next
      }
      return seen.join('')
    }
    const orders = [
      'tokens',
      'tokens&order=asc',
      'goal&order=asc',
      'goal',
      'budget',
      'time',
      'agent',
      'state&order=asc',
    ]
    expect(await Promise.all(orders.map((sort) => inOrder(`sort=${sort}`)))).toEqual([
      'caBd',
      'Bacd',
      'Bdca',
      'acdB',
      'Bacd',
      'cBad',
      'Bcad',
      'Bcda',
    ])
    expect(await inOrder('order=asc')).toBe('dcBa')
    expect(await inOrder('sort=thread')).toBe('Bcad')
    const foreign = await fetch(`${backend.url}/api/goals?sort=tokens&cursor=1790000000000000000.1`)
    expect([foreign.status, await foreign.json()]).toMatchObject([409, { message: /in this order/ }])
  })

  const filters: [string, string[]][] = [
    ['state=active', ['c', 'b']],
    ['state=blocked&state=cleared', ['d', 'a']],
    ['state=complete', []],
    ['service=Reviewer', ['b']],
    ['thread=thread-2', ['b']],
    ['thread=thread-1&goal=c', ['c']],
    ['goal=b', ['b']],
    [`since=${at(3)}`, ['d', 'a', 'c']],
    [`until=${at(3)}`, ['b']],
    [`since=${at(3)}&until=${at(5)}`, ['a', 'c']],
    ['search=PARSER', ['a']],
    ['search=reviewer', ['b']],
    ['search=thread-2', ['b']],
    ['search=%25', ['a']],
    ['search=_', []],
    ['search=%5C', []],
    ["search=' OR 1=1 --", []],
    ['search=parser&state=active', []],
  ]

  it('shows those that all of its filters fit', async () => {
    const backend = await fourGoals()
    for (const [filter, expected] of filters) {
      const page = await backend.get(`/api/goals?${filter}`)
      expect([filter, ids(page), page.total]).toEqual([filter, expected, expected.length])
    }
  })

  it.each([
    ['state=asleep', 'state=asleep is not one of active, paused'],
    ['stat=active', 'There is no parameter "stat" here: it takes state, stopped'],
    ['limit=0', 'from 1 to 1000'],
    ['limit=1&limit=2', 'limit is given 2 times'],
    ['since=yesterday', 'since=yesterday is not a time: give one such as'],
    ['until=2026-13-01', 'is not a time'],
    ['cursor=x', 'take it from next'],
  ])('%s is refused in one sentence', async (query, sentence) => {
    const backend = await runningBackend()
    const answer = await fetch(`${backend.url}/api/goals?${query}`)
    const { message } = (await answer.json()) as { message: string }
    expect([answer.status, message]).toEqual([400, expect.stringContaining(sentence)])
    expect(message).toMatch(/\.$/)
  })

  it('holds less than asked where texts are long, and goes on from there', async () => {
    const backend = await runningBackend()
    const long = 'x'.repeat(250_000)
    for (let at = 0; at < 90; at++) await send(backend, { goal: `goal-${at}`, service: `${at}${long}`, at })
    const first = await backend.get('/api/goals?limit=90')
    const there = first.goals?.length ?? 0
    expect(there).toBeLessThan(90)
    expect(first.total).toBe(90)
    expect((await backend.get(`/api/goals?limit=90&cursor=${first.next}`)).goals).toHaveLength(90 - there)
  })
})

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((one, at) => permutations(list.toSpliced(at, 1)).map((rest) => [one, ...rest]))
}
