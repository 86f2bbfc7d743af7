import { describe, expect, it } from 'vitest'
import { NOON, send } from './goal-histories.ts'
import { goalRecord, logs } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

describe('a goal whose seconds and tokens have fractions', () => {
  it('is shown with them, also where its events come late; the payload has whole numbers', async () => {
    const backend = await runningBackend()
    await send(backend, { at: 3, kind: 'usage_accounted', status: 'complete', budget: 100.5 })
    await send(backend, { at: 1, kind: 'created', tokens: 0.125, seconds: 0.625 })
    await send(backend, { at: 2, kind: 'usage_accounted', tokens: 0.1 + 0.2, seconds: 12.625, budget: 100.5 })
    const { goals } = await backend.get('/api/goals')
    expect(goals).toMatchObject([{ tokens_used: 0.1 + 0.2, time_used_seconds: 12.625, token_budget: 100.5 }])
    const { events } = await backend.get('/api/events')
    expect(events?.[2]).toMatchObject({
      payload: { event_params: { cumulative_tokens_accounted: 0, cumulative_time_accounted_seconds: 12 } },
      attributes: { 'agent_goal.usage.tokens': 0.1 + 0.2, 'agent_goal.usage.duration': 12.625 },
    })
    const noon = new Date(NOON).toISOString()
    const summary = await backend.get(`/api/summary?since=${noon}&until=${new Date(NOON + 1000).toISOString()}`)
    expect(summary).toMatchObject({ seconds: { sum: 12.625, p50: 12.625 }, tokens: { sum: 0.1 + 0.2 } })
  })

  it.each([
    [7, '7'],
    [-0, '0'],
    [-0.5, '-0.5'],
    [2 ** 60, '1152921504606846976'],
    [5e-324, '5e-324'],
    [1e300, '1e+300'],
  ])('sent as a double of %s is shown as %s', async (doubleValue, shown) => {
    const backend = await runningBackend()
    const record = goalRecord({}, { eventName: 'agent_goal.created' }) as { attributes: { key: string }[] }
    const attributes = record.attributes.filter(({ key }) => key !== 'agent_goal.usage.duration')
    attributes.push({ key: 'agent_goal.usage.duration', value: { doubleValue } } as { key: string })
    await backend.post('/v1/logs', logs({ ...record, attributes }))
    expect(await (await fetch(`${backend.url}/api/goals`)).text()).toContain(`"time_used_seconds":${shown},`)
  })
})
