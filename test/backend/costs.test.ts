import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GoalSummary, Summary } from '../../src/backend/api/api.ts'
import { money } from '../../src/goal/money.ts'
import { configuredPrices } from '../../src/mapping/config-file.ts'
import { NOON, send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { type RunningBackend, runningBackend, scratchFolder } from './running-backend.ts'

const PRICES = {
  currency: 'USD',
  asOf: '2026-09-01',
  perMillionTokens: { 'small*': 1, 'small-2*': 2, large: 10, 'large*': 99 },
}

/** Goals that stopped at noon, each with its model and tokens. */
async function spent(backend: RunningBackend, ...goals: readonly [string, string | undefined, number | undefined][]) {
  const records = goals.map(([goal, model, tokens]) =>
    goalRecord(
      {
        'agent_goal.id': goal,
        'agent_goal.status': 'complete',
        'gen_ai.request.model': model,
        'agent_goal.usage.tokens': tokens,
        'log.record.uid': goal,
      },
      { eventName: 'agent_goal.status_changed', timeUnixNano: String(BigInt(NOON) * 1_000_000n) },
    ),
  )
  await backend.post('/v1/logs', logs(...records))
}

describe('what goals cost', () => {
  it('is their tokens at the price of their model; unknown stays unknown, and is counted', async () => {
    const backend = await runningBackend({ prices: PRICES })
    await spent(
      backend,
      ['a', 'small', 500_000],
      ['b', 'small-2-2026', 500_000],
      ['c', 'large', 30_000],
      ['d', 'medium', 900_000],
      ['e', undefined, 5],
      ['f', 'large', undefined],
    )
    const { goals } = await backend.get('/api/goals?sort=cost')
    const costs = (goals as unknown as GoalSummary[]).map(({ goal_id, cost }) => [goal_id, cost?.amount ?? null])
    expect(costs).toEqual([
      ['b', 1],
      ['a', 0.5],
      ['c', 0.3],
      ['f', null],
      ['e', null],
      ['d', null],
    ])
    const since = new Date(NOON - 1000).toISOString()
    const summary = (await backend.get(`/api/summary?since=${since}`)) as unknown as Summary
    expect(summary.cost).toEqual({ amount: 1.8, currency: 'USD', as_of: '2026-09-01', unknown: 3 })
    expect(summary.services[0]?.cost).toEqual(summary.cost)
    expect(summary.steps[0]?.cost).toEqual(summary.cost)
    expect(await backend.get('/api/about')).toMatchObject({ prices: { currency: 'USD', as_of: '2026-09-01' } })
  })

  it('is not known without prices', async () => {
    const backend = await runningBackend()
    await spent(backend, ['a', 'small', 500_000])
    expect((await backend.get('/api/goals?sort=cost')).goals).toMatchObject([{ cost: null }])
    expect(await backend.get('/api/summary')).toMatchObject({ cost: null })
  })

  it('is by prices that a file names, which says what is wrong with it', () => {
    const file = join(scratchFolder(), 'prices.json')
    const read = (content: unknown) => {
      writeFileSync(file, JSON.stringify(content))
      return configuredPrices(file)
    }
    expect(read({ prices: PRICES })).toEqual(PRICES)
    expect(() => read({})).toThrow(`${file}: prices is missing; expected an object as {"currency"`)
    expect(() => read({ prices: { ...PRICES, perMillionTokens: { large: '10' } } })).toThrow(
      'prices.perMillionTokens.large is "10"',
    )
    expect(() => read({ prices: { ...PRICES, perMillion: 1 } })).toThrow('perMillion')
  })

  it.each([
    [0.001234, 'USD', '$0.0012'],
    [12.345, 'EUR', '€12.35'],
    [1234.5, 'USD', '$1,235'],
    [0, 'USD', '$0.00'],
    [2, 'CHF', '2.00 CHF'],
  ])('%d %s reads %s', (amount, currency, text) => {
    expect(money({ amount, currency })).toBe(text)
  })
})

describe('a budget that is nearly used', () => {
  it('is warned of on the event that reaches 80 and that which reaches 100 percent, once each, in the stream too', async () => {
    const backend = await runningBackend()
    const used = (at: number, tokens: number | undefined, budget?: number) => ({
      at,
      kind: 'usage_accounted',
      ...(tokens !== undefined && { tokens }),
      ...(budget !== undefined && { budget }),
    })
    await send(
      backend,
      used(1, 790, 1000),
      used(2, 800, 1000),
      used(3, undefined, 1000),
      used(4, 900, 1000),
      used(5, 1000.5, 1000),
      used(6, 1200, 1000),
      // A larger budget, which is reached again.
      used(7, 1300, 2000),
      used(8, 1600, 2000),
      used(9, 5000),
    )
    const { events } = await backend.get('/api/events')
    expect(events?.map((event) => event.budget_warning)).toEqual([null, 80, null, null, 100, null, null, 80, null])
    const stream = await fetch(`${backend.url}/api/events/stream?after=4`)
    const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('event: goal')) text += (await reader.read()).value
    await reader.cancel()
    expect(text).toContain('"budget_warning":100')
  })
})
