import { beforeEach, describe, expect, it } from 'vitest'
import { withGoalContext } from '../../src/index.ts'
import { Receiver } from '../receiver.ts'
import { CALLER, inSpan as called } from './caller.ts'
import { observedGoals } from './observed-goals.ts'

let receiver: Receiver

beforeEach(async () => {
  receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  process.env.OTEL_SERVICE_NAME = 'planner'
})

const metric = (name: string) => receiver.metrics.filter((metric) => metric.name === name).at(-1)?.data as never

describe('a change of a goal', () => {
  it('is one span, child of the span in which the agent made it, and its events carry its ids', async () => {
    const goals = observedGoals()
    called(() => goals.create('t'))
    await goals.flush()
    const [span] = receiver.spans
    expect(receiver.spans).toHaveLength(1)
    expect(span).toMatchObject({ name: 'create_goal', kind: 1, traceId: CALLER.traceId, parentSpanId: CALLER.spanId })
    expect(span?.status.code ?? 0).toBe(0)
    expect(receiver.logs[0]).toMatchObject({ traceId: CALLER.traceId, spanId: span?.spanId })
    expect(span?.attributes).toMatchObject({ 'agent_goal.id': 'goal of t', 'gen_ai.conversation.id': 't' })
    expect(Number(span?.endTimeUnixNano)).toBeGreaterThanOrEqual(Number(span?.startTimeUnixNano))
  })

  it('of usage and status at once is one span, whose ids both events carry', async () => {
    const goals = observedGoals()
    called(() => {
      goals.create('t')
      goals.database.exec(`UPDATE thread_goals SET tokens_used = 1000, status = 'budget_limited'`)
    })
    await goals.flush()
    expect(receiver.spans.map(({ name }) => name)).toEqual(['create_goal', 'set_goal_status', 'active'])
    const ids = receiver.logs.slice(1).map(({ eventName, spanId }) => [eventName, spanId])
    const spanId = receiver.spans[1]?.spanId
    expect(ids).toEqual([
      ['agent_goal.usage_accounted', spanId],
      ['agent_goal.status_changed', spanId],
    ])
  })

  it('that is rolled back is no span and no event', async () => {
    const goals = observedGoals()
    goals.database.exec('BEGIN')
    goals.create('t')
    goals.database.exec('ROLLBACK')
    goals.create('u')
    await goals.flush()
    expect(receiver.spans).toHaveLength(1)
    expect(receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])).toEqual(['u'])
  })

  it('whose batch has to be sent again is still one span', async () => {
    const goals = observedGoals()
    receiver.mood = 401
    called(() => goals.create('t'))
    await expect(goals.flush()).rejects.toThrow()
    receiver.mood = 'ok'
    called(() => goals.spend('t', 1))
    await goals.flush()
    expect(receiver.spans.map(({ name }) => name)).toEqual(['create_goal', 'account_goal_usage'])
    expect(receiver.logs[0]?.spanId).toBe(receiver.spans[0]?.spanId)
    expect(receiver.logs).toHaveLength(2)
  })
})

describe('what is unknown of a change', () => {
  it('is absent, but for what a payload cannot do without', async () => {
    const goals = observedGoals()
    goals.create('t')
    await goals.flush()
    const [log] = receiver.logs
    expect(log?.attributes).toEqual({
      'log.record.uid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'gen_ai.conversation.id': 't',
      'session.id': 't',
      'agent_goal.id': 'goal of t',
      'agent_goal.status': 'active',
      'agent_goal.client.id': 'planner',
      'agent_goal.client.rpc_transport': 'in_process',
      'agent_goal.source': 'reported',
      'agent_goal.has_token_budget': true,
      'agent_goal.token_budget': 1000,
      'agent_goal.usage.tokens': 0,
      'agent_goal.usage.duration': 0,
      'agent_goal.objective_length': 7,
    })
    expect(log?.resource).toMatchObject({ 'service.name': 'planner', 'service.version': 'unknown' })
    expect(Object.keys(log?.resource ?? {})).toEqual(expect.arrayContaining(['os.type', 'os.version', 'host.arch']))
  })

  it('is given by withGoalContext, across awaits, inner over outer, and by the resolver under it', async () => {
    const goals = observedGoals({
      threads: (thread) => ({
        sessionId: `session of ${thread}`,
        client: { id: 'cli', version: '9' },
        threadSource: 'user',
      }),
      resource: { 'service.version': '1.2.3' },
    })
    await withGoalContext({ turnId: 'outer', parentThreadId: 'root' }, async () => {
      await withGoalContext({ turnId: 'inner' }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        goals.create('t')
      })
      goals.spend('t', 5)
    })
    goals.spend('t', 5)
    await goals.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.turn.id'])).toEqual([
      'inner',
      'outer',
      undefined,
    ])
    expect(receiver.logs[0]?.attributes).toMatchObject({
      'session.id': 'session of t',
      'agent_goal.client.id': 'cli',
      'agent_goal.client.version': '9',
      'agent_goal.thread.source': 'user',
      'agent_goal.thread.parent_id': 'root',
    })
    expect(receiver.logs[0]?.resource).toMatchObject({ 'service.version': '1.2.3' })
  })

  it('an objective is not recorded unless that is asked for', async () => {
    const silent = observedGoals()
    silent.create('t')
    await silent.flush()
    const kept = silent.database.prepare('SELECT objective FROM _goaltrace_outbox').pluck().all()
    expect(kept).toEqual([7])
    const capturing = observedGoals({ captureObjective: true })
    capturing.create('u')
    await capturing.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.objective'])).toEqual([undefined, 'Ship it'])
    expect(receiver.logs[1]?.attributes['agent_goal.objective_length']).toBe(7)
  })
})

describe('metrics', () => {
  it('count transitions, measure each stop, and count how many goals there are now', async () => {
    const goals = observedGoals()
    for (const thread of ['a', 'b', 'c']) goals.create(thread)
    goals.spend('a', 300, 20)
    goals.set('a', 'complete')
    goals.set('b', 'paused')
    goals.clear('b')
    await goals.flush()
    const points = (name: string, kind: string) =>
      (metric(name) as Record<string, { dataPoints: never[] }>)[kind]?.dataPoints ?? []
    const transitions = points('agent_goal.transitions', 'sum').map(({ asInt, asDouble }) => Number(asInt ?? asDouble))
    expect(transitions.reduce((all, one) => all + one, 0)).toBe(6)
    const stops = points('agent_goal.usage.tokens', 'histogram').map(({ count, sum }) => [Number(count), sum])
    expect(stops).toEqual(
      expect.arrayContaining([
        [1, 300],
        [1, 0],
      ]),
    )
    const counts = points('agent_goal.count', 'gauge').map(({ attributes, asInt, asDouble }) => [
      (attributes as { value: { stringValue: string } }[])[0]?.value.stringValue,
      Number(asInt ?? asDouble),
    ])
    const none = { paused: 0, blocked: 0, usage_limited: 0, budget_limited: 0 }
    expect(Object.fromEntries(counts)).toEqual({ active: 1, complete: 1, ...none })
  })
})
