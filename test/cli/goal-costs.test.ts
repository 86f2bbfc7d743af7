import { describe, expect, it } from 'vitest'
import { goalRecord, keyValues, RESOURCE } from '../backend/goal-records.ts'
import { type RunningBackend, runningBackend } from '../backend/running-backend.ts'
import { goaltrace } from './goaltrace.ts'

const PRICES = { currency: 'USD', asOf: '2026-09-01', perMillionTokens: { small: 1 } }
const DAY = 86_400_000
const NOON = Math.floor(Date.now() / DAY) * DAY - DAY / 2
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** Goals that were completed, each with its agent, model, tokens and when. */
async function spent(backend: RunningBackend, ...goals: readonly [string, string, string, number, number][]) {
  for (const [goal, service, model, tokens, at] of goals) {
    const attributes = {
      'agent_goal.id': goal,
      'agent_goal.status': 'complete',
      'gen_ai.request.model': model,
      'agent_goal.usage.tokens': tokens,
      'log.record.uid': goal,
    }
    const timeUnixNano = String(BigInt(at) * 1_000_000n)
    const logRecords = [goalRecord(attributes, { eventName: 'agent_goal.status_changed', timeUnixNano })]
    const resource = { attributes: keyValues({ ...RESOURCE, 'service.name': service }) }
    const sent = { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }
    expect((await backend.post('/v1/logs', sent)).status).toBe(200)
  }
}

async function pricedGoals(): Promise<RunningBackend> {
  const backend = await runningBackend({ prices: PRICES })
  await spent(
    backend,
    ['a', 'writer', 'small', 500_000, NOON - 2 * DAY],
    ['b', 'writer', 'small', 250_000, NOON],
    ['c', 'reviewer', 'unknown-model', 2_000_000, NOON + 3_600_000],
    ['d', 'reviewer', 'small', 1_000_000, NOON - 40 * DAY],
  )
  return backend
}

describe('goaltrace goals --costs', () => {
  it('says what was spent on each day and by each agent, and of how many goals that is not known', async () => {
    const backend = await pricedGoals()
    const { code, out, err } = await goaltrace(['goals', '--costs', '--url', backend.url]).ended
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['day (UTC)', 'goals', 'tokens', 'cost'],
      [dayOf(NOON), '2', '2,250,000', '$0.25', '1 unknown'],
      [dayOf(NOON - 2 * DAY), '1', '500,000', '$0.50'],
      [''],
      ['agent', 'goals', 'tokens', 'cost'],
      ['reviewer', '1', '2,000,000', '–', '1 unknown'],
      ['writer', '2', '750,000', '$0.75'],
      [''],
      ['By prices of 2026-09-01.'],
      [''],
    ])
  })

  it('--json prints one day a line', async () => {
    const backend = await pricedGoals()
    const { out } = await goaltrace(['goals', '--costs', '--json', '--url', backend.url]).ended
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { day: dayOf(NOON), goals: 2, tokens: 2_250_000, cost: { amount: 0.25, currency: 'USD', unknown: 1 } },
      { day: dayOf(NOON - 2 * DAY), goals: 1, cost: { amount: 0.5, unknown: 0 } },
    ])
  })

  it('shows tokens without prices, and says where prices come from', async () => {
    const backend = await runningBackend()
    await spent(backend, ['a', 'writer', 'small', 500_000, NOON])
    const { code, out, err } = await goaltrace(['goals', '--costs', '--url', backend.url]).ended
    expect([code, err]).toEqual([0, 'The backend knows no prices: start it with --prices FILE.\n'])
    expect(out).toMatch(new RegExp(`${dayOf(NOON)} +1 +500,000 +–\n`))
  })
})
