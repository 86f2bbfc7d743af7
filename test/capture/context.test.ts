import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ObserveOptions, withGoalContext } from '../../src/index.ts'
import { observed, warnings } from './observed-goals.ts'

/** Makes a change in `context`; the session and the turn that its event has. */
async function emittedIn(
  context: api.Context,
  options: ObserveOptions = {},
  own?: Parameters<typeof withGoalContext>[0],
) {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  onTestFinished(() => api.context.disable())
  const emitted: unknown[] = []
  const exporter = {
    export(records: { attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
      emitted.push(...records.map(({ attributes: of }) => [of['session.id'], of['agent_goal.turn.id']]))
      done({ code: 0 })
    },
  }
  const { observation, run } = observed({ options: { exporter, ...options } })
  const change = () => run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`)
  api.context.with(context, () => (own ? withGoalContext(own, change) : change()))
  await observation.flush()
  expect(emitted).toHaveLength(1)
  return emitted[0]
}

const withBaggage = (entries: Record<string, string>, context = api.ROOT_CONTEXT) => {
  const baggage = Object.entries(entries).map(([name, value]) => [name, { value }])
  return api.propagation.setBaggage(context, api.propagation.createBaggage(Object.fromEntries(baggage)))
}

const withSpan = (attributes: api.Attributes) => {
  const span = new BasicTracerProvider().getTracer('agent').startSpan('chat', { attributes }, api.ROOT_CONTEXT)
  return api.trace.setSpan(api.ROOT_CONTEXT, span)
}

const BAGGAGE = { 'session.id': 'baggage-session', 'agent_goal.turn.id': 'baggage-turn' }

describe('the session and the turn of a change', () => {
  it('are the thread and nothing where nothing is known', async () => {
    expect(await emittedIn(withSpan({}))).toEqual(['t', undefined])
  })

  it('come from baggage', async () => {
    expect(await emittedIn(withBaggage(BAGGAGE))).toEqual(['baggage-session', 'baggage-turn'])
  })

  it('come from the active span, as a GenAI instrumentation has it', async () => {
    expect(await emittedIn(withSpan({ 'gen_ai.conversation.id': 'conversation' }))).toEqual(['conversation', undefined])
    const named = { 'gen_ai.conversation.id': 'conversation', 'session.id': 's', 'agent_goal.turn.id': 'turn' }
    expect(await emittedIn(withSpan(named))).toEqual(['s', 'turn'])
  })

  it('come from baggage before they come from a span', async () => {
    const span = withSpan({ 'gen_ai.conversation.id': 'conversation', 'agent_goal.turn.id': 'span-turn' })
    expect(await emittedIn(withBaggage({ 'session.id': 's' }, span))).toEqual(['s', 'span-turn'])
  })

  it('come from what the agent says of its threads before that', async () => {
    const resolveThread = () => ({ sessionId: 'resolved', parentThreadId: undefined })
    expect(await emittedIn(withBaggage(BAGGAGE), { resolveThread })).toEqual(['resolved', 'baggage-turn'])
    expect(await emittedIn(withBaggage(BAGGAGE), { resolveThread: () => ({ sessionId: undefined }) })).toEqual([
      'baggage-session',
      'baggage-turn',
    ])
  })

  it('come from withGoalContext before all', async () => {
    const resolveThread = () => ({ sessionId: 'resolved' })
    const context = withBaggage(BAGGAGE)
    expect(await emittedIn(context, { resolveThread }, { sessionId: 'own' })).toEqual(['own', 'baggage-turn'])
    expect(await emittedIn(context, {}, { turnId: 'own-turn' })).toEqual(['baggage-session', 'own-turn'])
    expect(await emittedIn(context, {}, { turnId: null })).toEqual(['baggage-session', undefined])
  })

  it('follow their caller from change to change', async () => {
    for (const session of ['a', 'b', 'a'])
      expect(await emittedIn(withBaggage({ 'session.id': session }))).toEqual([session, undefined])
  })

  it('are not taken from other values than texts, nor from a span that throws', async () => {
    expect(await emittedIn(withSpan({ 'gen_ai.conversation.id': 7, 'session.id': '' }))).toEqual(['t', undefined])
    const warned = warnings()
    const span = {
      spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }),
      get attributes(): never {
        throw new Error('not for you')
      },
    }
    expect(await emittedIn(api.trace.setSpan(api.ROOT_CONTEXT, span as never))).toEqual(['t', undefined])
    expect(warned).toHaveLength(1)
  })
})
