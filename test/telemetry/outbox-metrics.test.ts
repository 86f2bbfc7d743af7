import { existsSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { pointsOf, Receiver } from '../receiver.ts'
import { observedGoals } from './observed-goals.ts'

let logs: Receiver
let metrics: Receiver
const within = { timeout: 60_000 }

beforeEach(async () => {
  logs = await Receiver.start()
  metrics = await Receiver.start()
  set('OTEL_EXPORTER_OTLP_ENDPOINT', metrics.url)
  set('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', `${logs.url}/v1/logs`)
  set('OTEL_METRIC_EXPORT_INTERVAL', '50')
})

function set(name: string, value: string): void {
  process.env[name] = value
  onTestFinished(() => {
    delete process.env[name]
  })
}

const newest = (name: string) => metrics.metrics.filter((metric) => metric.name === name).at(-1)
const value = (name: string) => {
  const metric = newest(name)
  return metric && pointsOf(metric)[0]?.value
}

describe('an outbox whose receiver is down', () => {
  it('reports how much is pending, since when, and why, where metrics are still taken', async () => {
    const goals = observedGoals()
    logs.mood = 401
    for (const thread of ['a', 'b', 'c']) goals.create(thread)
    await expect(goals.flush()).rejects.toThrow()
    await expect.poll(() => value('agent_goal.outbox.waiting'), within).toBe(3)
    await expect.poll(() => value('agent_goal.outbox.age'), within).toBeGreaterThan(0)
    const first = Number(value('agent_goal.outbox.age'))
    await expect.poll(() => value('agent_goal.outbox.age'), within).toBeGreaterThan(first)
    const [failed] = pointsOf(newest('agent_goal.outbox.failures') as never)
    expect(failed).toMatchObject({ value: 1, attributes: { 'error.type': '401', 'file.path': goals.database.name } })

    logs.mood = 'ok'
    await goals.flush()
    await expect.poll(() => value('agent_goal.outbox.waiting'), within).toBe(0)
    expect(value('agent_goal.outbox.age')).toBe(0)
  })

  it('reports what is pending after the newest delivered row', async () => {
    const goals = observedGoals()
    goals.create('a')
    await goals.flush()
    logs.mood = 401
    goals.spend('a', 1)
    goals.spend('a', 1)
    await expect.poll(() => value('agent_goal.outbox.waiting'), within).toBe(2)
  })

  it('is not kept open by being asked', async () => {
    const goals = observedGoals()
    logs.mood = 401
    goals.create('a')
    await expect(goals.flush()).rejects.toThrow()
    await expect.poll(() => value('agent_goal.outbox.waiting'), within).toBe(1)
    goals.database.close()
    expect(existsSync(`${goals.database.name}-wal`)).toBe(false)
  })
})

describe('a record that the receiver refuses for good', () => {
  it('is counted', async () => {
    const goals = observedGoals()
    goals.create('good')
    await goals.flush()
    expect(value('agent_goal.outbox.dead_letters')).toBe(0)
    logs.poison = 'poisoned'
    goals.create('poisoned')
    await goals.flush()
    await expect.poll(() => value('agent_goal.outbox.dead_letters'), within).toBe(1)
  })
})

describe('usage above the limit of an outbox', () => {
  it('is counted as dropped, and does not wait', async () => {
    const goals = observedGoals({ maxOutboxRows: 10 })
    logs.mood = 401
    goals.create('a')
    await expect(goals.flush()).rejects.toThrow()
    for (let n = 0; n < 100; n++) goals.spend('a', 1)
    await expect.poll(() => value('agent_goal.outbox.dropped'), within).toBeGreaterThan(50)
    const rows = goals.database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()
    expect(value('agent_goal.outbox.dropped')).toBe(101 - Number(rows))
  })
})

describe('whose metrics they are', () => {
  const instance = (name: string) => String(newest(name)?.resource['service.instance.id'])

  it('of what is counted, this process; of what is read from a file, that file', async () => {
    const [one, other] = [observedGoals(), observedGoals()]
    one.create('a')
    await one.flush()
    const [counted, read] = [instance('agent_goal.transitions'), instance('agent_goal.count')]
    other.create('b')
    await other.flush()
    expect(counted).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(read).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/)
    expect(instance('agent_goal.transitions')).toBe(counted)
    // One series of what both files have come to: side by side they would be reported in turns.
    await expect.poll(() => value('agent_goal.transitions'), within).toBe(2)
    const files = metrics.metrics.filter(({ name }) => name === 'agent_goal.count').map(({ resource }) => resource)
    expect(new Set(files.map((resource) => resource['service.instance.id'])).size).toBe(2)
  })

  it('is as OTEL_RESOURCE_ATTRIBUTES says, where it does', async () => {
    set('OTEL_RESOURCE_ATTRIBUTES', 'service.instance.id=pod-7')
    const goals = observedGoals()
    goals.create('a')
    await goals.flush()
    expect([instance('agent_goal.transitions'), instance('agent_goal.count')]).toEqual(['pod-7', 'pod-7'])
  })
})
