import { describe, expect, it } from 'vitest'
import { VERSION } from '../../src/base/version.ts'
import { send } from './goal-histories.ts'
import { payload } from './goal-records.ts'
import { connectionTo, type RunningBackend, runningBackend } from './running-backend.ts'

describe('GET /api/about', () => {
  it('says what the backend holds, and how it was configured', async () => {
    const backend = await runningBackend({ jaeger: 'http://127.0.0.1:16686' })
    await send(
      backend,
      { at: 1 },
      { at: 2 },
      { at: 3, goal: 'b', service: 'reviewer' },
      { at: 4, goal: 'c', service: 'bot' },
    )
    await backend.post('/codex/analytics-events/events', { events: [payload({ goal_id: 'without a service' }), {}] })
    const about = await backend.get('/api/about')
    expect(about).toEqual({
      version: VERSION,
      prices: null,
      jaeger: 'http://127.0.0.1:16686',
      token: false,
      services: ['agent', 'bot', 'reviewer'],
      events: 5,
      goals: 4,
      rejected: 1,
      size: expect.any(Number),
    })
    expect(about.size).toBeGreaterThan(10_000)
  })

  it('counts what came since and not what was removed', async () => {
    const backend = await runningBackend()
    const counts: unknown[] = []
    const look = async () => counts.push((await backend.get('/api/about')).events)
    await look()
    await send(backend, { at: 1 }, { at: 2 })
    await look()
    await send(backend, { at: 3 })
    await look()
    const other = connectionTo(backend.file)
    other.exec('DELETE FROM event WHERE seq = 1; UPDATE goal SET events = events - 1')
    other.close()
    await look()
    expect(counts).toEqual([0, 2, 3, 2])
  })

  it('says that a token is demanded, to who has it', async () => {
    const backend = await runningBackend({ token: 'very-secret' })
    const answer = await fetch(`${backend.url}/api/about`, { headers: { authorization: 'Bearer very-secret' } })
    expect(await answer.json()).toMatchObject({ token: true })
  })

  it('of an empty backend is empty', async () => {
    const backend = await runningBackend()
    expect(await backend.get('/api/about')).toMatchObject({
      jaeger: null,
      services: [],
      events: 0,
      goals: 0,
      rejected: 0,
    })
  })
})

async function metricsOf(backend: RunningBackend): Promise<Map<string, number>> {
  const answer = await fetch(`${backend.url}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

describe('GET /metrics', () => {
  it('counts what came, what was asked, and what there is', async () => {
    const backend = await runningBackend()
    const body = JSON.stringify({ events: [payload(), payload({ goal_status: 'paused', goal_id: 'b' }), {}] })
    await backend.post('/codex/analytics-events/events', body)
    for (const path of ['/api/goals/a/b', '/api/goals/c/d', '/nowhere', '/nowhere/else', '/api/events']) {
      await fetch(backend.url + path)
    }
    await fetch(`${backend.url}/api/goals`, { method: 'DELETE' })
    const metrics = await metricsOf(backend)
    const of = (name: string) => metrics.get(`goaltrace_backend_${name}`)
    expect(of('events_stored_total')).toBe(2)
    expect(of('records_rejected_total')).toBe(1)
    expect(of('events_duplicate_total')).toBe(0)
    expect(of('received_bytes_total')).toBe(body.length)
    expect(of('goals{state="active"}')).toBe(1)
    expect(of('goals{state="paused"}')).toBe(1)
    expect(of('goals{state="cleared"}')).toBe(0)
    expect(of('streams')).toBe(0)
    expect(of('database_bytes')).toBeGreaterThan(10_000)
    // By route and not by address, so that senders cannot create more of them.
    expect(of('requests_total{route="/api/goals/{thread}/{goal}",method="GET",status="404"}')).toBe(2)
    expect(of('requests_total{route="none",method="other",status="404"}')).toBe(2)
    expect(of('requests_total{route="/api/goals",method="other",status="405"}')).toBe(1)
    expect(of('request_duration_seconds_count{route="/api/events"}')).toBe(1)
    expect(of('request_duration_seconds_bucket{route="/api/events",le="+Inf"}')).toBe(1)
    expect(of('request_duration_seconds_bucket{route="/api/events",le="10"}')).toBe(1)
    expect(of('request_duration_seconds_sum{route="/api/events"}')).toBeGreaterThan(0)
  })
})
