import { describe, expect, it } from 'vitest'
import {
  GoalInstrumentation,
  instrumentGoalStore,
  observeGoals,
  recordGoalChange,
  withGoalContext,
} from '../../src/index.ts'
import { collectGoalEvents } from '../../src/testing.ts'
import { connect, TABLE, temporaryFile, warnings } from '../capture/observed-goals.ts'
import { caught } from './caught.ts'

const OPERATIONS = {
  observeGoals: (options: never) => void observeGoals(connect(temporaryFile()), options),
  GoalInstrumentation: (options: never) => new GoalInstrumentation(options).disable(),
  collectGoalEvents: (options: never) => void collectGoalEvents(connect(temporaryFile()), options),
  recordGoalChange: (options: never) => recordGoalChange(null, { threadId: 't', goalId: 'g' }, {}, options),
  instrumentGoalStore: (options: never) => void instrumentGoalStore({}, {}, options),
}

const OF_ALL = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]
const SENDING = OF_ALL.filter((name) => name !== 'collectGoalEvents')
const OBSERVING = ['observeGoals', 'GoalInstrumentation', 'collectGoalEvents'] as const

const REFUSED = [
  [OF_ALL, null, /^options is null; expected an object$/],
  [OF_ALL, 'memory', /^options is "memory"; expected an object$/],
  [OF_ALL, [], /^options is an array; expected an object$/],
  [OF_ALL, { tabels: [] }, /^tabels is unknown; the keys are .*captureObjective/],
  [OF_ALL, { captureObjective: 'yes' }, /^captureObjective is "yes"; expected true or false$/],
  [OF_ALL, { resource: 'agent' }, /^resource is "agent"; expected attributes, as \{"service\.name":"agent"\}$/],
  [OF_ALL, { resource: { service: {} } }, /^resource\.service is an object; expected a text, a number, true or false$/],
  [SENDING, { exporter: {} }, /^exporter is an object; expected an object with a method export$/],
  [SENDING, { exporter: 5 }, /^exporter is 5; expected an object with a method export$/],
  [SENDING, { exporter: null }, /^exporter is null; expected an object with a method export$/],
  [OBSERVING, { tables: 5 }, /^tables is 5; expected a list of goal tables$/],
  [OBSERVING, { tables: [{}] }, /^tables\[0\]\.table is missing; expected a name$/],
  [
    ['observeGoals', 'GoalInstrumentation'],
    { durability: 'file' },
    /^durability is "file"; expected one of outbox, memory$/,
  ],
  [SENDING, { maxOutboxRows: '9' }, /^maxOutboxRows is "9"; expected a whole number from 1$/],
  [OBSERVING, { resolveThread: 5 }, /^resolveThread is 5; expected a function$/],
  [['recordGoalChange', 'instrumentGoalStore'], { outbox: true }, /^outbox is true; expected the path of a file$/],
  [['collectGoalEvents'], { durability: 'memory' }, /^durability is unknown; the keys are tables, resource/],
] as const

const CASES = REFUSED.flatMap(([names, options, sentence]) => names.map((name) => [name, options, sentence] as const))

it.each(CASES)('%s refuses invalid options: %j', (name, options, sentence) => {
  const failure = caught(() => OPERATIONS[name](options as never))
  expect(failure).toBeInstanceOf(TypeError)
  expect(failure.message.slice(0, name.length + 2)).toBe(`${name}: `)
  expect(failure.message.slice(name.length + 2)).toMatch(sentence)
})

it('recordGoalChange refuses a context that is none', () => {
  expect(() => recordGoalChange(null, { threadId: 't', goalId: 'g' }, null as never)).toThrow(
    new TypeError('recordGoalChange: context is null; expected an object'),
  )
})

const CONTEXTS = [
  [
    { turn: 'x' },
    /^turn is unknown; the keys are sessionId, turnId, client, threadSource, subagentSource, parentThreadId$/,
  ],
  [{ toString: 'x' }, /^toString is unknown; /],
  [{ turnId: 4 }, /^turnId is 4; expected a text, or null$/],
  [{ turnId: 4n }, /^turnId is 4; expected .*$/],
  [{ sessionId: null }, /^sessionId is null; expected a text$/],
  [{ parentThreadId: {} }, /^parentThreadId is an object; expected .*$/],
  [{ client: 'cli' }, /^client is "cli"; expected an object$/],
  [
    { client: { nam: 'cli' } },
    /^client\.nam is unknown; the keys are id, name, version, rpcTransport, experimentalApi$/,
  ],
  [{ client: { experimentalApi: 'no' } }, /^client\.experimentalApi is "no"; expected true or false, or null$/],
] as const

describe.each(CONTEXTS)('an invalid context: %o', (context, sentence) => {
  it.each([
    ['recordGoalChange: context.', () => recordGoalChange(null, { threadId: 't', goalId: 'g' }, context as never)],
    ['withGoalContext: context.', () => withGoalContext(context as never, () => expect.unreachable())],
  ])('is refused: %s', (operation, run) => {
    const failure = caught(run)
    expect(failure).toBeInstanceOf(TypeError)
    expect(failure.message.slice(0, operation.length)).toBe(operation)
    expect(failure.message.slice(operation.length)).toMatch(sentence)
  })
})

it('withGoalContext takes all that is known of a change, and what is not', () => {
  const client = { id: 'c', name: null, version: '1', rpcTransport: 'stdio', experimentalApi: false }
  const threads = { threadSource: 'user', subagentSource: null, parentThreadId: null }
  expect(withGoalContext({ sessionId: 's', turnId: null, client, ...threads }, () => 1)).toBe(1)
  expect(withGoalContext({ sessionId: undefined, turnId: undefined, client: undefined }, () => 2)).toBe(2)
})

it('withGoalContext refuses anything but a function', () => {
  const run = withGoalContext as (context: object, fn?: unknown) => unknown
  expect(() => run({ turnId: '4' })).toThrow(new TypeError('withGoalContext: fn is missing; expected a function'))
  expect(() => run({}, null)).toThrow(new TypeError('withGoalContext: fn is null; expected a function'))
})

it('GoalInstrumentation.setConfig refuses them too', () => {
  const instrumentation = new GoalInstrumentation({ enabled: false })
  expect(() => instrumentation.setConfig({ tabels: [] } as never)).toThrow('GoalInstrumentation: tabels is unknown')
  expect(() => instrumentation.setConfig({ tables: 5 } as never)).toThrow('tables is 5; expected a list')
})

it.each(OF_ALL)('%s takes options that are undefined', (name) => {
  OPERATIONS[name]({ captureObjective: undefined, resource: { 'service.version': undefined } } as never)
})

it.each(['observeGoals', 'recordGoalChange', 'instrumentGoalStore'] as const)(
  '%s takes no outbox without room',
  (name) => {
    const failure = caught(() => OPERATIONS[name]({ maxOutboxRows: 0 } as never))
    expect(failure).toBeInstanceOf(RangeError)
    expect(failure.message).toBe(`${name}: maxOutboxRows is 0; expected a whole number from 1`)
  },
)

describe('options by their names in 0.1', () => {
  it('are checked by their current names', () => {
    const failure = caught(() => observeGoals(connect(temporaryFile()), { outboxLimit: 0 }))
    expect(failure.message).toBe('observeGoals: maxOutboxRows is 0; expected a whole number from 1')
    expect(caught(() => new GoalInstrumentation({ orLocalhost: 1 } as never)).message).toBe(
      'GoalInstrumentation: defaultToLocalhost is 1; expected true or false',
    )
  })

  it('are read, and reported once', () => {
    const said = warnings()
    const asked: string[] = []
    const threads = (id: string) => void asked.push(id)
    for (const _ of [1, 2]) {
      const database = connect(temporaryFile()).exec(TABLE)
      observeGoals(database, { threads, exporter: { export() {} } })
      database.exec("INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')")
    }
    expect(asked).toEqual(['t', 't'])
    expect(said).toEqual(['goaltrace: observeGoals: threads is deprecated; use resolveThread'])
  })

  it('give way to the current ones', () => {
    const resolveThread = (id: string) => void asked.push(id)
    const asked: string[] = []
    const database = connect(temporaryFile()).exec(TABLE)
    observeGoals(database, { threads: () => expect.unreachable(), resolveThread, exporter: { export() {} } })
    database.exec("INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')")
    expect(asked).toEqual(['t'])
  })
})
