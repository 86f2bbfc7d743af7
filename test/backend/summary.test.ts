import { describe, expect, it } from 'vitest'
import type { Summary } from '../../src/backend/api/api.ts'
import { type Moment, NOON, send } from './goal-histories.ts'
import { type RunningBackend, runningBackend } from './running-backend.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

async function summaryOf(backend: RunningBackend, query = ''): Promise<Summary> {
  return (await backend.get(`/api/summary?${query}`)) as unknown as Summary
}

const iso = (at: number) => new Date(NOON + at).toISOString()
const between = (from: number, to: number) => `since=${iso(from)}&until=${iso(to)}`

/** A goal that was created, and stopped after a time. */
function goal(goal: string, at: number, status: string, of: Partial<Moment> = {}): Moment[] {
  return [
    { ...of, goal, at, kind: 'created', tokens: 0, seconds: 0 },
    { ...of, goal, at: at + 1000, status, kind: status === 'active' ? 'cleared' : 'status_changed' },
  ]
}

async function aDay(): Promise<RunningBackend> {
  const backend = await runningBackend()
  await send(
    backend,
    ...goal('a', 0, 'complete', { tokens: 100, seconds: 10, budget: 200 }),
    ...goal('b', 10, 'complete', { tokens: 300, seconds: 20, budget: 200 }),
    ...goal('c', HOUR, 'blocked', { tokens: 500, service: 'reviewer' }),
    ...goal('d', 3 * HOUR, 'active', { tokens: 50 }),
    { goal: 'e', at: 3 * HOUR, kind: 'created' },
    // It came back.
    ...goal('f', 2 * HOUR, 'paused'),
    { goal: 'f', at: 2 * HOUR + 2000 },
    // Complete is what it was, though its row is gone.
    ...goal('g', 3 * HOUR, 'complete'),
    { goal: 'g', at: 4 * HOUR, kind: 'cleared', status: 'complete' },
  )
  return backend
}

describe('the summary of a time', () => {
  it('counts what was created and finished then, and why goals stopped', async () => {
    const backend = await aDay()
    // moment() gives the same tokens to both events of a goal, as its row would.
    const summary = await summaryOf(backend, between(0, DAY / 2))
    expect(summary).toMatchObject({
      since: iso(0),
      until: iso(DAY / 2),
      now: { active: 2, paused: 0, blocked: 1, usage_limited: 0, budget_limited: 0, complete: 2, cleared: 2 },
      created: 7,
      stopped: 5,
      completion_rate: 0.6,
      tokens: { sum: 950, p50: 100, p95: 500 },
      seconds: { sum: 30, p50: 0, p95: 20 },
      budget_use: { sum: 2, p50: 0.5, p95: 1.5 },
      services: [
        { service: 'reviewer', goals: 1, tokens: 500 },
        { service: 'agent', goals: 4, tokens: 450 },
      ],
    })
    expect(summary.reasons).toEqual([
      { state: 'complete', goals: 3 },
      { state: 'blocked', goals: 1 },
      { state: 'cleared', goals: 1 },
    ])
  })

  it('has a step for each hour, also where nothing happened', async () => {
    const backend = await aDay()
    const { steps } = await summaryOf(backend, between(-HOUR, 5 * HOUR))
    expect(steps.map(({ at, created, complete, stopped }) => [at, created, complete, stopped])).toEqual([
      [iso(0), 2, 2, 0],
      [iso(HOUR), 1, 0, 1],
      [iso(2 * HOUR), 1, 0, 0],
      [iso(3 * HOUR), 3, 1, 1],
      [iso(4 * HOUR), 0, 0, 0],
    ])
    expect(steps[0]).toMatchObject({ tokens: { sum: 400, p50: 100, p95: 300 }, seconds: { sum: 30 } })
    expect(steps[4]?.tokens).toEqual({ sum: 0, p50: null, p95: null })
  })

  it.each([
    [3 * HOUR, 36, 5 * 60_000],
    [3 * HOUR + 1, 4, HOUR],
    [14 * DAY, 14 * 24, HOUR],
    [14 * DAY + 1, 15, DAY],
    [90 * DAY, 91, DAY],
  ])('of %d ms has %d steps', async (length, count, apart) => {
    const backend = await runningBackend()
    const { steps } = await summaryOf(backend, between(0, length))
    expect(steps).toHaveLength(count)
    expect(Date.parse(steps[1]?.at ?? '') - Date.parse(steps[0]?.at ?? '')).toBe(apart)
    expect(Date.parse(steps[0]?.at ?? '')).toBeLessThanOrEqual(NOON)
    expect(Date.parse(steps.at(-1)?.at ?? '')).toBeLessThan(NOON + length)
  })

  it('that began long before the first event has steps from that event on', async () => {
    const backend = await aDay()
    const { steps, created, since } = await summaryOf(backend, `since=1970-01-01&until=${iso(5 * HOUR)}`)
    expect([steps.length, steps[0]?.at, created, since]).toEqual([5, iso(0), 7, '1970-01-01T00:00:00.000Z'])
    expect((await summaryOf(await runningBackend(), 'since=1970-01-01')).steps).toHaveLength(25)
  })

  it('has no more steps than a clock that is wrong by centuries is worth', async () => {
    const backend = await runningBackend()
    await send(backend, { at: -NOON + 1000, kind: 'created' })
    const { steps, created } = await summaryOf(backend, 'since=1900-01-01&until=9999-12-31')
    expect([steps.length, created]).toEqual([4000, 1])
  })

  it('may end where no time is before it', async () => {
    expect(await summaryOf(await runningBackend(), 'until=0000-01-01')).toMatchObject({ created: 0, stopped: 0 })
  })

  it('may be of one service', async () => {
    const backend = await aDay()
    expect(await summaryOf(backend, `${between(0, DAY)}&service=reviewer`)).toMatchObject({
      now: { active: 0, blocked: 1 },
      created: 1,
      stopped: 1,
      completion_rate: 0,
      services: [{ service: 'reviewer', goals: 1, tokens: 500 }],
    })
  })

  it('is of the last 24 hours unless something else is asked for', async () => {
    const backend = await runningBackend()
    const at = Date.now() - NOON
    await send(backend, ...goal('old', at - 25 * HOUR, 'complete'), ...goal('new', at - 23 * HOUR, 'complete'))
    const { created, stopped, since, until } = await summaryOf(backend)
    expect([created, stopped, Date.parse(until) - Date.parse(since)]).toEqual([1, 1, DAY])
  })

  it('of nothing has nothing', async () => {
    const backend = await runningBackend()
    expect(await summaryOf(backend)).toMatchObject({
      created: 0,
      stopped: 0,
      completion_rate: null,
      reasons: [],
      services: [],
    })
  })

  it('of a time that ends before it begins has nothing', async () => {
    const backend = await aDay()
    expect(await summaryOf(backend, between(5 * HOUR, 0))).toMatchObject({ created: 0, stopped: 0, steps: [] })
  })
})
