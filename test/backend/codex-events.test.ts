import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { payload } from './goal-records.ts'
import { runningBackend } from './running-backend.ts'

const ADDRESS = '/codex/analytics-events/events'
const GOLDEN = new URL('../recordings/golden/', import.meta.url)
const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.json'))

interface Posted {
  readonly event_type: string
  readonly event_params: { readonly thread_id: string; readonly goal_id: string }
}

function recorded(file: string): Posted[] {
  const events = JSON.parse(readFileSync(new URL(file, GOLDEN), 'utf8')) as Posted[]
  return events.map(({ event_type, event_params }) => ({ event_type, event_params }))
}

describe('what Codex posts', () => {
  it('is there to be posted', () => expect(files.length).toBeGreaterThan(30))

  it.each(files)('is kept as it came: %s', async (file) => {
    const backend = await runningBackend()
    const events = recorded(file)
    for (const event of events) expect((await backend.post(ADDRESS, { events: [event] })).status).toBe(200)
    expect((await backend.post(ADDRESS, { events })).status).toBe(200)
    const texts = events.map((event) => JSON.stringify(event))
    // Without a uid a repetition cannot be distinguished from a new event.
    expect(backend.rows('SELECT payload FROM event ORDER BY seq').map((row) => row.payload)).toEqual([
      ...texts,
      ...texts,
    ])
    expect(backend.counts).toEqual({ stored: 2 * events.length, duplicates: 0, rejected: 0 })
  })

  it('gives goals their last status in the order of one batch', async () => {
    const backend = await runningBackend()
    const statuses = ['active', 'paused', 'active', 'blocked', 'active', 'complete']
    const events = statuses.map((goal_status) => payload({ event_kind: 'status_changed', goal_status }))
    await backend.post(ADDRESS, { events })
    expect((await backend.get('/api/goals')).goals).toMatchObject([{ status: 'complete', events: 6, service: 'agent' }])
  })
})

describe('a batch with other things in it', () => {
  it('keeps the goal events, ignores other events, keeps bad ones aside', async () => {
    const backend = await runningBackend()
    const events = [
      { event_type: 'codex_turn_event', event_params: {} },
      payload(),
      payload({ goal_status: 'asleep' }),
      { event_type: 'codex_goal_event' },
      7,
      payload({ goal_id: 'goal-2' }),
    ]
    const answer = await backend.post(ADDRESS, { events })
    expect([answer.status, await answer.json()]).toEqual([200, { rejected: 3 }])
    expect(backend.rows('SELECT goal_id FROM event ORDER BY seq')).toEqual([
      { goal_id: 'goal-1' },
      { goal_id: 'goal-2' },
    ])
    const { rejected } = await backend.get('/api/rejected')
    expect(rejected?.map(({ reason, record }) => [reason, record])).toEqual([
      ['event_params.goal_status: missing or invalid', events[2]],
      ['event_params: missing or invalid', events[3]],
      ['the event: missing or invalid', 7],
    ])
  })

  it('keeps integers beyond 2^53 and what a newer Codex adds', async () => {
    const backend = await runningBackend()
    const text = JSON.stringify({ events: [payload({ from_tomorrow: [1] })] }).replace('1200', '9007199254740993')
    await backend.post(ADDRESS, text)
    const kept = backend.rows('SELECT payload, tokens_used FROM event')[0] as { payload: string; tokens_used: bigint }
    expect(kept.tokens_used).toBe(9007199254740993n)
    expect(kept.payload).toContain('"cumulative_tokens_accounted":9007199254740993,')
    expect(kept.payload).toContain('"from_tomorrow":[1]')
  })

  it.each([['1.5'], ['"1200"'], ['99999999999999999999'], ['1e300']])('refuses %s tokens', async (tokens) => {
    const backend = await runningBackend()
    const text = JSON.stringify({ events: [payload()] }).replace('1200', tokens)
    expect(await (await backend.post(ADDRESS, text)).json()).toEqual({ rejected: 1 })
    expect((await backend.get('/api/rejected')).rejected).toMatchObject([
      { reason: 'event_params.cumulative_tokens_accounted: missing or invalid' },
    ])
  })
})

describe('hostile payloads', () => {
  it('have keys and texts like any other', async () => {
    const backend = await runningBackend()
    const text = 'x'.repeat(1_000_000)
    const events = [payload({ poison: { polluted: true }, turn_id: `\u0000\u001b[31m\ud800${text}` })]
    const body = JSON.stringify({ events }).replace('"poison"', '"__proto__"')
    expect(await (await backend.post(ADDRESS, body)).json()).toEqual({ rejected: 0 })
    const kept = backend.rows('SELECT payload FROM event')[0] as { payload: string }
    expect(kept.payload).toContain('"__proto__":{"polluted":true}')
    expect(JSON.parse(kept.payload).event_params.turn_id).toBe(`\u0000\u001b[31m\ud800${text}`)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('in any order, or with some keys missing, are put in order', async () => {
    const backend = await runningBackend()
    const { event_type, event_params } = payload()
    const { turn_id: _, ...less } = event_params
    const reversed = { event_params: Object.fromEntries(Object.entries(less).reverse()), event_type }
    await backend.post(ADDRESS, { events: [reversed] })
    expect(backend.rows('SELECT payload FROM event')).toEqual([{ payload: JSON.stringify(payload()) }])
  })

  it('nested deeper than 64 are kept aside', async () => {
    const backend = await runningBackend()
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    const events = [payload({ tomorrow: nested(64) }), payload({ tomorrow: nested(65) })]
    expect(await (await backend.post(ADDRESS, { events })).json()).toEqual({ rejected: 1 })
    expect(backend.rows('SELECT reason FROM rejected')).toEqual([
      { reason: 'event_params.tomorrow is nested deeper than 64' },
    ])
  })
})
