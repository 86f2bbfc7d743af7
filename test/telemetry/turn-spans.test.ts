import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import type { GoalEvent } from '../../src/event/goal-event.ts'
import { CommittedSpans } from '../../src/telemetry/committed-span.ts'
import { GoalSpans } from '../../src/telemetry/goal-spans.ts'
import { samplerOf } from '../../src/telemetry/sampler.ts'
import { type EndedTurn, TurnSpans } from '../../src/telemetry/turn-spans.ts'

const TURN: EndedTurn = {
  agent: 'codex',
  turnId: '01a223a0-81a9-7f51-9822-685349a67684',
  threadId: 't',
  sessionId: 's',
  startedAtMs: 1000,
  endedAtMs: 2500,
  error: undefined,
  model: 'm',
  usage: { input: 300, output: 90 },
}
const EVENT: GoalEvent = {
  kind: 'usage_accounted',
  goal: { threadId: 't', goalId: 'g', status: 'active', tokensUsed: 9 },
}

describe("a turn's span", () => {
  it('is the parent of the changes in it, made before it, with its own times', () => {
    const { turns, source, spans } = traced()
    const { spanId, traceId, traceFlags } = turns.contextOf(TURN.turnId)
    const origin = { spanId, traceId, traceFlags, known: {}, atMs: 1500, durationUs: 0 }
    new GoalSpans().record([], source, [EVENT], {}, origin, 'uid')
    turns.record(source, TURN)
    const [change, turn] = spans
    expect(turn).toMatchObject({ name: 'invoke_agent codex', startTime: [1, 0], endTime: [2, 500_000_001] })
    expect(turn?.spanContext()).toMatchObject({
      traceId: '01a223a081a97f519822685349a67684',
      spanId: '9822685349a67684',
    })
    expect(turn?.parentSpanContext).toBeUndefined()
    expect(change?.parentSpanContext).toMatchObject({ traceId: turn?.spanContext().traceId, spanId })
    expect(turn?.attributes).toEqual({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'codex',
      'gen_ai.conversation.id': 't',
      'session.id': 's',
      'agent_goal.turn.id': TURN.turnId,
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': 300,
      'gen_ai.usage.output_tokens': 90,
    })
  })

  it('says what ended it where that was no success, and nothing that is not known', () => {
    const { turns, source, spans } = traced()
    turns.record(source, { ...TURN, turnId: 'no uuid', error: 'interrupted', model: undefined, usage: undefined })
    expect(spans[0]?.attributes).toMatchObject({ 'error.type': 'interrupted' })
    expect(Object.keys(spans[0]?.attributes ?? {})).toHaveLength(6)
    expect(spans[0]?.spanContext()).toMatchObject(turns.contextOf('no uuid'))
    expect(spans[0]?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each(['always_off', 'traceidratio'])('is sampled as its children are: %s', (OTEL_TRACES_SAMPLER) => {
    const { turns, source, spans } = traced({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG: '0.000001' })
    expect(turns.contextOf(TURN.turnId).traceFlags).toBe(0)
    turns.record(source, TURN)
    expect(spans).toEqual([])
  })
})

function traced(env: NodeJS.ProcessEnv = {}) {
  const spans: ReadableSpan[] = []
  const source = new CommittedSpans(resourceFromAttributes({}), samplerOf(env), (span) => spans.push(span))
  return { turns: new TurnSpans(env), source, spans }
}
