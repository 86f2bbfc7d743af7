import { rmSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { withGoalContext } from '../../src/index.ts'
import { type ReceivedSpan, Receiver } from '../receiver.ts'
import { CALLER, inSpan } from './caller.ts'
import { observedGoals } from './observed-goals.ts'

let receiver: Receiver

beforeEach(async () => {
  receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
})

const namesOf = (spans: readonly ReceivedSpan[]) => spans.map(({ name }) => name)

describe('a goal in a receiver of traces', () => {
  it('is one trace: the goal from its creation to its end, and below it its phases and its turns', async () => {
    const goals = observedGoals()
    withGoalContext({ turnId: 'turn 1', sessionId: 's' }, () => {
      goals.create('t')
      goals.spend('t', 300, 2)
    })
    goals.set('t', 'paused')
    goals.set('t', 'active')
    withGoalContext({ turnId: 'turn 2', sessionId: 's' }, () => {
      goals.spend('t', 200, 1)
      goals.set('t', 'complete')
    })
    await goals.flush()
    const root = receiver.spans.find(({ name }) => name === 'goal')
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(namesOf(receiver.spans)).toEqual(['create_goal', 'active', 'paused', 'turn', 'turn', 'active', 'goal'])
    for (const span of receiver.spans) if (span !== root) expect(span.parentSpanId).toBe(root?.spanId)
    expect(root?.attributes).toMatchObject({
      'agent_goal.id': 'goal of t',
      'agent_goal.end': 'complete',
      'agent_goal.status': 'complete',
      'agent_goal.usage.tokens': 500,
      'agent_goal.usage.duration': 3,
      'session.id': 's',
      'openinference.span.kind': 'AGENT',
    })
    const turns = receiver.spans.filter(({ name }) => name === 'turn')
    expect(turns.map(({ attributes: of }) => [of['agent_goal.turn.id'], of['agent_goal.spent.tokens']])).toEqual([
      ['turn 1', 300],
      ['turn 2', 200],
    ])
    expect(turns[0]?.attributes['agent_goal.spent.budget_share']).toBe(0.3)
    // Every record points into it.
    expect(new Set(receiver.logs.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]))
  })

  it('has every part within it, its creation too, however long the statement took', async () => {
    const goals = observedGoals()
    // About 20 ms of a statement before its row is written.
    const slow = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n'
    for (let n = 0; n < 5; n++) {
      goals.database
        .prepare(`INSERT INTO thread_goals SELECT ?, 'g', 'x', ?, 1000, 0, (${slow}) * 0, 0, 0`)
        .run(`t${n}`, n % 2 ? 'complete' : 'active')
      goals.set(`t${n}`, 'complete')
    }
    await goals.flush()
    const nanoseconds = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan) =>
      [startTimeUnixNano, endTimeUnixNano].map((time) => BigInt(time)) as [bigint, bigint]
    for (const root of receiver.spans.filter(({ name }) => name === 'goal')) {
      const [from, to] = nanoseconds(root)
      const parts = receiver.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId)
      expect(parts.map(({ name }) => name)).toContain('create_goal')
      for (const part of parts) {
        const [start, end] = nanoseconds(part)
        expect([start >= from, end <= to, start <= end]).toEqual([true, true, true])
      }
    }
  })

  it('has no span without a length, which would be of negative duration to Jaeger, and twice there if it came again', async () => {
    const goals = observedGoals()
    goals.create('t')
    goals.set('t', 'blocked')
    inSpan(() => goals.set('t', 'complete'))
    await goals.flush()
    expect(namesOf(receiver.spans)).toContain('set_goal_status')
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of receiver.spans) {
      expect(BigInt(end)).toBeGreaterThan(BigInt(start))
    }
  })

  it('that is not over shows what has ended, from its creation on, and the rest when that ends', async () => {
    const goals = observedGoals()
    goals.create('t')
    await goals.flush()
    expect(namesOf(receiver.spans)).toEqual(['create_goal'])
    goals.set('t', 'blocked')
    await goals.flush()
    expect(namesOf(receiver.spans)).toEqual(['create_goal', 'set_goal_status', 'active'])
    goals.clear('t')
    await goals.flush()
    expect(namesOf(receiver.spans)).toEqual(['create_goal', 'set_goal_status', 'active', 'blocked', 'goal'])
    expect(receiver.spans.map(({ status }) => status.code ?? 0)).toEqual([0, 2, 0, 2, 2])
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it('shows at once that it failed, and its log record points there', async () => {
    const goals = observedGoals()
    const failures = () => receiver.spans.filter(({ name }) => name === 'set_goal_status')
    goals.create('t')
    for (const status of ['blocked', 'usage_limited', 'active', 'budget_limited', 'paused']) goals.set('t', status)
    await goals.flush()
    expect(failures().map(({ attributes }) => attributes['agent_goal.status'])).toEqual([
      'blocked',
      'usage_limited',
      'budget_limited',
    ])
    expect(failures().map(({ status }) => status.code)).toEqual([2, 2, 2])
    goals.set('t', 'complete')
    await goals.flush()
    const root = receiver.spans.find(({ name }) => name === 'goal')
    const records = receiver.logs.filter(({ spanId }) => spanId !== root?.spanId).slice(1)
    expect(failures().map(({ spanId }) => spanId)).toEqual(records.map(({ spanId }) => spanId))
    expect(failures().map(({ parentSpanId, traceId }) => [traceId, parentSpanId])).toEqual(
      Array(3).fill([root?.traceId, root?.spanId]),
    )
  })

  it('that was created failed, or was first seen when it failed, shows so within its own span', async () => {
    const goals = observedGoals()
    goals.database
      .prepare(`INSERT INTO thread_goals VALUES ('new', 'g', 'x', 'budget_limited', 1000, 0, 0, 0, 0)`)
      .run()
    goals.create('old')
    await goals.flush()
    for (let n = 0; n < 20; n++) goals.spend('old', 1)
    await goals.flush()
    rmSync(process.env.GOALTRACE_STATE_DIR as string, { recursive: true })
    receiver.spans.length = 0
    // About 20 ms of a statement before its row is written.
    const slow = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n'
    goals.database
      .prepare(`UPDATE thread_goals SET status = iif((${slow}) > 1, 'blocked', '') WHERE thread_id = 'old'`)
      .run()
    for (const thread of ['old', 'new']) goals.clear(thread)
    await goals.flush()
    for (const root of receiver.spans.filter(({ name }) => name === 'goal')) {
      expect(root.attributes['agent_goal.status']).toMatch(/blocked|budget_limited/)
      for (const span of receiver.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId)) {
        expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root.startTimeUnixNano))
        expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano))
      }
    }
    expect(receiver.spans.map(({ name, status }) => [name, status.code ?? 0])).toContainEqual(['set_goal_status', 2])
  })

  it.each([[{}], [{ GOALTRACE_GOAL_TRACES: 'false' }]])(
    'that fails in a span of the agent’s has a span of that change there, which is an error, under %j',
    async (env) => {
      Object.assign(process.env, env)
      try {
        const goals = observedGoals()
        for (const status of ['blocked', 'active']) {
          if (status === 'blocked') inSpan(() => goals.create('t'))
          inSpan(() => goals.set('t', status))
        }
        await goals.flush()
        const ofChanges = receiver.spans.filter(({ parentSpanId }) => parentSpanId === CALLER.spanId)
        expect(ofChanges.map(({ name, status }) => [name, status.code ?? 0])).toEqual([
          ['create_goal', 0],
          ['set_goal_status', 2],
          ['set_goal_status', 0],
        ])
      } finally {
        for (const name of Object.keys(env)) delete process.env[name]
      }
    },
  )

  it('has the changes that were made in the agent’s spans as children of these, and links both ways', async () => {
    const goals = observedGoals()
    inSpan(() => goals.create('t'))
    inSpan(() => goals.set('t', 'complete'))
    await goals.flush()
    const [created, ended, active, root] = receiver.spans
    expect(namesOf(receiver.spans)).toEqual(['create_goal', 'set_goal_status', 'active', 'goal'])
    for (const span of [created, ended]) {
      expect(span).toMatchObject({ traceId: CALLER.traceId, parentSpanId: CALLER.spanId })
      expect(span?.links).toMatchObject([{ traceId: root?.traceId, spanId: root?.spanId }])
    }
    for (const span of [active, root]) {
      expect(span?.links).toMatchObject([created, ended].map((of) => ({ traceId: of?.traceId, spanId: of?.spanId })))
    }
  })

  it('is named by the records that are not in it, those of changes in the agent’s spans', async () => {
    const goals = observedGoals()
    goals.create('t')
    inSpan(() => goals.set('t', 'paused'))
    inSpan(() => goals.set('t', 'complete'))
    await goals.flush()
    const root = receiver.spans.find(({ name }) => name === 'goal')
    expect(receiver.logs.map(({ traceId, attributes }) => [traceId, attributes['agent_goal.trace.id']])).toEqual([
      [root?.traceId, undefined],
      [CALLER.traceId, root?.traceId],
      [CALLER.traceId, root?.traceId],
    ])
  })

  it('is not named by records where it is not sampled', async () => {
    process.env.OTEL_TRACES_SAMPLER = 'always_off'
    try {
      const goals = observedGoals()
      inSpan(() => goals.create('t'))
      await goals.flush()
      expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.trace.id'])).toEqual([undefined])
    } finally {
      delete process.env.OTEL_TRACES_SAMPLER
    }
  })

  it('that replaces another is linked to it, and ends it', async () => {
    const goals = observedGoals()
    goals.create('t')
    goals.database.prepare("UPDATE thread_goals SET goal_id = 'next', tokens_used = 0").run()
    goals.set('t', 'complete')
    await goals.flush()
    const [first, second] = receiver.spans.filter(({ name }) => name === 'goal')
    expect([first, second].map((span) => span?.attributes['agent_goal.end'])).toEqual(['replaced', 'complete'])
    expect(second?.links).toMatchObject([{ traceId: first?.traceId, spanId: first?.spanId }])
  })

  it('whose beginning was lost with goaltrace’s state is marked', async () => {
    const goals = observedGoals()
    goals.create('t')
    await goals.flush()
    // The agent's own writes delete rows that are delivered, but for the last.
    for (const spends of [1, 20]) {
      for (let n = 0; n < spends; n++) goals.spend('t', 1)
      await goals.flush()
    }
    rmSync(process.env.GOALTRACE_STATE_DIR as string, { recursive: true })
    goals.set('t', 'paused')
    goals.set('t', 'complete')
    await goals.flush()
    const root = receiver.spans.find(({ name }) => name === 'goal')
    expect(root?.attributes['agent_goal.begin_unseen']).toBe(true)
  })

  it.each([{ GOALTRACE_GOAL_TRACES: 'false' }, { OTEL_TRACES_EXPORTER: 'none' }])('is none under %j', async (env) => {
    Object.assign(process.env, env)
    try {
      const goals = observedGoals()
      goals.create('t')
      goals.set('t', 'complete')
      await goals.flush()
      expect(namesOf(receiver.spans)).toEqual('OTEL_TRACES_EXPORTER' in env ? [] : ['create_goal', 'set_goal_status'])
    } finally {
      for (const name of Object.keys(env)) delete process.env[name]
    }
  })

  it.each(['always_off', 'traceidratio'])('is sampled as a whole: %s', async (sampler) => {
    Object.assign(process.env, { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.5' })
    try {
      const goals = observedGoals()
      for (let n = 0; n < 40; n++) {
        goals.create(`t${n}`)
        goals.set(`t${n}`, 'paused')
        goals.set(`t${n}`, 'complete')
      }
      await goals.flush()
      const ids = new Set(receiver.spans.map(({ traceId }) => traceId))
      const traces = [...ids].map((id) => receiver.spans.filter(({ traceId }) => traceId === id))
      expect(traces.every((spans) => spans.length === 4)).toBe(true)
      if (sampler === 'always_off') expect(traces).toEqual([])
      else expect(traces.length % 40).toBeGreaterThan(0)
    } finally {
      delete process.env.OTEL_TRACES_SAMPLER
      delete process.env.OTEL_TRACES_SAMPLER_ARG
    }
  })
})
