import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { type GoalSnapshot, type GoalStatus, instrumentGoalStore, withGoalContext } from '../../src/index.ts'
import { warnings } from '../capture/observed-goals.ts'
import { goaltrace } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'
import { arrived, endedAgent, fileOutbox, kinds } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

/** As many agents have it: nothing is known from outside, and its goals are objects that it changes. */
class GoalStore {
  readonly #goals = new Map<string, GoalSnapshot>()

  get size(): number {
    return this.#goals.size
  }

  get(id: string): GoalSnapshot | null {
    return this.#goals.get(id) ?? null
  }

  create(id: string, objective: string): GoalSnapshot {
    const goal: GoalSnapshot = { threadId: 't', goalId: id, status: 'active', tokensUsed: 0, objective }
    this.#goals.set(id, goal)
    return goal
  }

  set(id: string, change: { status?: GoalStatus; tokensUsed?: number }): GoalSnapshot {
    const goal = this.#goals.get(id)
    if (!goal) throw new RangeError(`no goal ${id}`)
    return Object.assign(goal, change)
  }

  delete(id: string): boolean {
    return this.#goals.delete(id)
  }

  itself(): this {
    return this
  }
}

function instrumented(options: object) {
  const store = new GoalStore()
  const goals = instrumentGoalStore(
    store,
    {
      create: (goal) => ({ before: null, after: goal }),
      set: { before: (id) => store.get(id), after: (goal) => goal },
      delete: { before: (id) => store.get(id), after: (gone) => (gone ? null : undefined) },
    },
    options,
  )
  return { store, goals }
}

/** An SDK of the agent's own, until the test is over. */
function ownSdk() {
  const exporter = new InMemorySpanExporter()
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  onTestFinished(() => {
    api.trace.disable()
    api.context.disable()
  })
  return {
    spans: () => exporter.getFinishedSpans(),
    tracer: api.trace.getTracer('agent'),
  }
}

describe('an instrumented store', () => {
  it('records goals from their creation to their end', async () => {
    const { sent, options } = fileOutbox()
    const { goals } = instrumented(options)
    withGoalContext({ turnId: 'turn-1' }, () => goals.create('g', 'Ship it'))
    goals.set('g', { tokensUsed: 12 })
    goals.set('g', { tokensUsed: 12 })
    goals.set('g', { tokensUsed: 20, status: 'complete' })
    goals.delete('g')
    goals.delete('g')
    await arrived(sent, 5)
    expect(kinds(sent)).toEqual(['created', 'usage_accounted', 'usage_accounted', 'status_changed', 'cleared'])
    expect(sent[0]?.attributes).toMatchObject({
      'gen_ai.conversation.id': 't',
      'agent_goal.id': 'g',
      'agent_goal.turn.id': 'turn-1',
      'agent_goal.objective_length': 7,
    })
    expect(sent[3]?.attributes).toMatchObject({
      'agent_goal.status': 'complete',
      'agent_goal.previous_status': 'active',
      'agent_goal.usage.tokens': 20,
    })
  })

  it('is the store: its privates, its getters, its own self, its type', () => {
    const { options } = fileOutbox()
    const { goals, store } = instrumented(options)
    goals.create('g', 'o')
    expect(goals.size).toBe(1)
    expect(goals).toBeInstanceOf(GoalStore)
    expect(goals.constructor).toBe(GoalStore)
    expect(goals.itself()).toBe(goals)
    expect(goals.create).toBe(goals.create)
    expect(goals.create).toHaveLength(2)
    expect(store.get('g')).toBe(goals.get('g'))
    expectTypeOf(goals).toEqualTypeOf<GoalStore>()
  })

  it('is asked for nothing but what its type has', () => {
    const { options } = fileOutbox()
    const store = new GoalStore()
    // @ts-expect-error: no such method
    expect(() => instrumentGoalStore(store, { remove: () => undefined }, options)).toThrow(
      'instrumentGoalStore: methods.remove: the store has no such method',
    )
    // @ts-expect-error: before gives no promise for a method that gives none
    instrumentGoalStore(store, { set: { before: async () => null, after: (goal) => goal } }, options)
    instrumentGoalStore(store, {
      create(goal, id, objective) {
        expectTypeOf(goal).toEqualTypeOf<GoalSnapshot>()
        expectTypeOf([id, objective]).toEqualTypeOf<string[]>()
        return { before: null, after: goal }
      },
    })
  })

  it.each([
    [null, {}, 'instrumentGoalStore: store is null; expected an object with methods'],
    ['store', {}, 'instrumentGoalStore: store is "store"; expected an object with methods'],
    [new GoalStore(), null, 'instrumentGoalStore: methods is null; expected an object by the names of methods'],
    [new GoalStore(), { size: () => undefined }, 'methods.size: the store has no such method'],
    [new GoalStore(), { set: {} }, 'methods.set: expected a function that returns the changes, or { before, after }'],
  ])('refuses what cannot be meant: %o, %o', (store, methods, sentence) => {
    expect(() => instrumentGoalStore(store as object, methods as object)).toThrow(TypeError)
    expect(() => instrumentGoalStore(store as object, methods as object)).toThrow(sentence)
  })

  it('may be frozen', async () => {
    const { sent, options } = fileOutbox()
    const kept: GoalSnapshot[] = []
    const store = Object.freeze({ add: (goalId: string) => kept.push({ threadId: 't', goalId, status: 'active' }) })
    const goals = instrumentGoalStore(store, { add: () => ({ before: null, after: kept.at(-1) ?? null }) }, options)
    expect(goals.add('g')).toBe(1)
    expect(Object.keys(goals)).toEqual(['add'])
    await arrived(sent, 1)
  })

  it('records several changes of one call', async () => {
    const { sent, options } = fileOutbox()
    const store = { addAll: (...ids: string[]) => ids }
    const goals = instrumentGoalStore(
      store,
      {
        addAll: (ids) =>
          ids.map((goalId) => ({ before: null, after: { threadId: 't', goalId, status: 'active' as const } })),
      },
      options,
    )
    expect(goals.addAll('a', 'b')).toEqual(['a', 'b'])
    await arrived(sent, 2)
    expect(sent.map(({ attributes }) => attributes['agent_goal.id'])).toEqual(['a', 'b'])
  })
})

describe('an async store', () => {
  class LaterStore {
    readonly goals = new Map<string, GoalSnapshot>()
    async get(id: string): Promise<GoalSnapshot | null> {
      await null
      return this.goals.get(id) ?? null
    }
    async set(id: string, status: GoalStatus): Promise<GoalSnapshot> {
      const goal: GoalSnapshot = { threadId: 't', goalId: id, status }
      this.goals.set(id, goal)
      await null
      if (status === 'blocked') throw new RangeError('no way on')
      return goal
    }
  }
  const later = (options: object) => {
    const store = new LaterStore()
    return instrumentGoalStore(store, { set: { before: (id) => store.get(id), after: (goal) => goal } }, options)
  }

  it('records what its promises resolve to', async () => {
    const { sent, options } = fileOutbox()
    const goals = later(options)
    const promise = goals.set('g', 'active')
    expectTypeOf(promise).toEqualTypeOf<Promise<GoalSnapshot>>()
    expect((await promise).status).toBe('active')
    await goals.set('g', 'complete')
    await arrived(sent, 2)
    expect(kinds(sent)).toEqual(['created', 'status_changed'])
  })

  it('that rejects: the same error, one rejection, and nothing recorded', async () => {
    const { sent, options } = fileOutbox()
    const unhandled: unknown[] = []
    const listen = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    onTestFinished(() => void process.off('unhandledRejection', listen))
    await expect(later(options).set('g', 'blocked')).rejects.toThrow(new RangeError('no way on'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sent).toEqual([])
    expect(unhandled).toEqual([])
  })

  it('keeps the class of its promises', async () => {
    class Task<T> extends Promise<T> {}
    const { options } = fileOutbox()
    const store = { add: () => Task.resolve(1) as Task<number> }
    expect(instrumentGoalStore(store, { add: () => undefined }, options).add()).toBeInstanceOf(Task)
  })

  it('may give a query that runs once it is awaited', async () => {
    const { sent, options } = fileOutbox()
    let runs = 0
    class Query {
      readonly sql = 'INSERT'
      // biome-ignore lint/suspicious/noThenProperty: as query builders have it
      then<T>(on: (id: string) => T, off?: (error: unknown) => never): Promise<T> {
        runs++
        return Promise.resolve('g').then(on, off)
      }
    }
    const goals = instrumentGoalStore(
      { add: () => new Query() },
      { add: (goalId) => ({ before: null, after: { threadId: 't', goalId: String(goalId), status: 'active' } }) },
      options,
    )
    const query = goals.add()
    expect([query.sql, query instanceof Query, runs]).toEqual(['INSERT', true, 0])
    expect(await query).toBe('g')
    expect(runs).toBe(1)
    await arrived(sent, 1)
  })
})

describe('a store of an agent with its own SDK', () => {
  it('gets a live span round each call: child of the caller, parent of what the store does', async () => {
    const { sent, options } = fileOutbox()
    const { spans, tracer } = ownSdk()
    const rows = new Map<string, GoalSnapshot>()
    const store = {
      async create(goalId: string) {
        await tracer.startActiveSpan('INSERT', async (insert) => {
          await null
          insert.end()
        })
        const goal: GoalSnapshot = { threadId: 't', goalId, status: 'active', objective: 'Ship it' }
        rows.set(goalId, goal)
        return goal
      },
      delete: (goalId: string) => rows.delete(goalId),
    }
    const goals = instrumentGoalStore(
      store,
      {
        create: (goal) => ({ before: null, after: goal }),
        delete: { before: (id) => rows.get(id) ?? null, after: () => null },
      },
      options,
    )
    await tracer.startActiveSpan('turn', async (turn) => {
      await goals.create('g')
      goals.delete('g')
      turn.end()
    })
    await arrived(sent, 2)
    const [insert, create, clear, turn] = spans()
    expect([insert?.name, create?.name, clear?.name, turn?.name]).toEqual([
      'INSERT',
      'create_goal',
      'clear_goal',
      'turn',
    ])
    expect(insert?.parentSpanContext?.spanId).toBe(create?.spanContext().spanId)
    expect(create?.parentSpanContext?.spanId).toBe(turn?.spanContext().spanId)
    expect(clear?.links[0]?.context.spanId).toBe(create?.spanContext().spanId)
    expect(create).toMatchObject({ kind: api.SpanKind.INTERNAL, status: { code: api.SpanStatusCode.UNSET } })
    expect(create?.attributes).toMatchObject({
      'gen_ai.conversation.id': 't',
      'agent_goal.id': 'g',
      'agent_goal.objective_length': 7,
    })
    expect(create?.attributes).not.toHaveProperty('agent_goal.objective')
    expect(sent.map(({ spanContext }) => spanContext?.spanId)).toEqual([
      create?.spanContext().spanId,
      clear?.spanContext().spanId,
    ])
    const ofGoal = spans().slice(4)
    expect(ofGoal.map(({ name }) => name)).toEqual(['active', 'goal'])
    expect(ofGoal[1]?.links.map(({ context }) => context.spanId)).toEqual(
      [create, clear].map((span) => span?.spanContext().spanId),
    )
  })

  it('shows what throws as an error, which passes through', () => {
    const { sent, options } = fileOutbox()
    const { spans } = ownSdk()
    const { goals } = instrumented(options)
    expect(() => goals.set('none', { tokensUsed: 1 })).toThrow(new RangeError('no goal none'))
    expect(spans()).toHaveLength(1)
    expect(spans()[0]).toMatchObject({
      name: 'set',
      status: { code: api.SpanStatusCode.ERROR },
      attributes: { 'error.type': 'RangeError' },
    })
    expect(sent).toEqual([])
  })

  it.each([
    [false, {}],
    [true, { message: 'no way on' }],
  ])(
    'shows a call that leaves its goal blocked as an error, with the reason where that is captured: %s',
    async (captureObjective, message) => {
      const { sent, options } = fileOutbox()
      const { spans } = ownSdk()
      const goal: GoalSnapshot = { threadId: 't', goalId: 'g', status: 'active' }
      const store = { set: (status: GoalStatus) => ({ ...goal, status, reason: 'no way on' }) }
      const set = { before: () => goal, after: (now: GoalSnapshot) => now }
      instrumentGoalStore(store, { set }, { ...options, captureObjective })
      for (const status of ['blocked', 'paused'] as const) store.set(status)
      await arrived(sent, 2)
      const [blocked, paused] = spans().filter(({ name }) => name === 'set_goal_status')
      expect(blocked?.status).toEqual({ code: api.SpanStatusCode.ERROR, ...message })
      expect(paused?.status).toEqual({ code: api.SpanStatusCode.UNSET })
    },
  )

  it('ends the span of a call that changes nothing, under its own name', () => {
    const { options } = fileOutbox()
    const { spans } = ownSdk()
    instrumented(options).goals.delete('none')
    expect(spans().map(({ name, status }) => [name, status.code])).toEqual([['delete', api.SpanStatusCode.UNSET]])
  })
})

describe('the description of a call, at fault itself,', () => {
  const throwing = () => {
    throw new Error('a mistake in the description')
  }
  it.each([
    ['thrown by the changes', throwing],
    ['thrown by before', { before: throwing, after: () => null }],
    ['rejected by before', { before: async () => throwing(), after: () => null }],
    ['thrown by after', { before: () => null, after: throwing }],
    ['a goal that is none', () => ({ before: null, after: { threadId: 't' } })],
    ['no change at all', () => 'created'],
  ])('never reaches the caller, and is said once: %s', async (_, description) => {
    const said = warnings()
    const { sent, options } = fileOutbox()
    const name = `add${Math.random()}`
    const store = { [name]: async (id: string) => `did ${id}` }
    const goals = instrumentGoalStore(store, { [name]: description as never }, options)
    expect(await goals[name]?.('a')).toBe('did a')
    expect(await goals[name]?.('b')).toBe('did b')
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(`changes made by ${name}() are not recorded`)
    expect(sent).toEqual([])
  })

  it('says once which part of a goal is none, and records the others', async () => {
    const said = warnings()
    const { sent, options } = fileOutbox()
    const store = { adopt: (goalId: string) => ({ threadId: 't', goalId, status: 'active' as const, tokenUsed: 3n }) }
    const goals = instrumentGoalStore(store, { adopt: (after) => ({ before: null, after }) }, options)
    expect([goals.adopt('a').goalId, goals.adopt('b').goalId]).toEqual(['a', 'b'])
    expect(said).toEqual([
      expect.stringMatching(
        /methods\.adopt: after\.tokenUsed is unknown; the keys are .*tokensUsed.*; the others are recorded/,
      ),
    ])
    await arrived(sent, 2)
    expect(Object.keys(sent[0]?.attributes ?? {}).join()).not.toContain('tokenUsed')
  })

  it('nor does a tracer that throws', () => {
    const said = warnings()
    const { options } = fileOutbox()
    const provider = { getTracer: throwing } as unknown as api.TracerProvider
    api.trace.setGlobalTracerProvider(provider)
    onTestFinished(() => api.trace.disable())
    expect(instrumented(options).goals.create('g', 'o').goalId).toBe('g')
    expect(said).toHaveLength(1)
  })
})

describe('a process with an instrumented store', () => {
  it('killed: what its outbox file keeps is delivered by goaltrace relay, with a span for each change', async () => {
    const { outbox, state } = fileOutbox()
    const receiver = await Receiver.start()
    const code = `import { instrumentGoalStore } from 'goaltrace'
      const store = { add: async (goalId) => ({ threadId: 't', goalId, status: 'active' }) }
      const options = { outbox: ${JSON.stringify(outbox)} }
      const goals = instrumentGoalStore(store, { add: (goal) => ({ before: null, after: goal }) }, options)
      await goals.add('a')
      await goals.add('b')
      process.kill(process.pid, 'SIGKILL')`
    expect(await endedAgent(code, state, 'http://127.0.0.1:9')).toEqual([null, 'SIGKILL'])
    const env = { GOALTRACE_STATE_DIR: state, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect((await goaltrace(['relay', outbox, '--once'], env).ended).out).toContain('2 changes delivered')
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.id'])).toEqual(['a', 'b'])
    expect(receiver.spans.map(({ name }) => name)).toEqual(['create_goal', 'create_goal'])
  })
})
