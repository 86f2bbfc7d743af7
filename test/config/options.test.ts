import { describe, expect, it } from 'vitest'
import {
  GoalInstrumentation,
  instrumentGoalStore,
  observeGoals,
  recordGoalChange,
  withGoalContext,
} from '../../src/index.ts'
import { collectGoalEvents } from '../../src/testing.ts'
import { connect, temporaryFile } from '../capture/observed-goals.ts'
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
  [OF_ALL, null, /^expected an object of options, got null$/],
  [OF_ALL, 'memory', /^expected an object of options, got "memory"$/],
  [OF_ALL, [], /^expected an object of options, got an array$/],
  [OF_ALL, { tabels: [] }, /^tabels: unknown; the keys are .*captureObjective/],
  [OF_ALL, { captureObjective: 'yes' }, /^captureObjective: expected true or false, got "yes"$/],
  [OF_ALL, { resource: 'agent' }, /^resource: expected attributes, as \{"service\.name":"agent"\}, got "agent"$/],
  [OF_ALL, { resource: { service: {} } }, /^resource: expected attributes, .*, got an object$/],
  [SENDING, { exporter: {} }, /^exporter: expected an object with a method export, got an object$/],
  [SENDING, { exporter: 5 }, /^exporter: expected an object with a method export, got 5$/],
  [SENDING, { exporter: null }, /^exporter: expected an object with a method export, got null$/],
  [OBSERVING, { tables: 5 }, /^tables: expected an array of goal tables, got 5$/],
  [OBSERVING, { tables: [{}] }, /^tables\[0\]\.table: expected /],
  [
    ['observeGoals', 'GoalInstrumentation'],
    { durability: 'file' },
    /^durability: expected outbox or memory, got "file"$/,
  ],
  [SENDING, { outboxLimit: '9' }, /^outboxLimit: expected a number, got "9"$/],
  [OBSERVING, { threads: 5 }, /^threads: expected a function, got 5$/],
  [['recordGoalChange', 'instrumentGoalStore'], { outbox: true }, /^outbox: expected the path of a file, got true$/],
  [['collectGoalEvents'], { durability: 'memory' }, /^durability: unknown; the keys are tables, resource/],
] as const

const CASES = REFUSED.flatMap(([names, options, sentence]) => names.map((name) => [name, options, sentence] as const))

it.each(CASES)('%s refuses options that cannot be meant: %j', (name, options, sentence) => {
  const failure = caught(() => OPERATIONS[name](options as never))
  expect(failure).toBeInstanceOf(TypeError)
  expect(failure.message.slice(0, name.length + 2)).toBe(`${name}: `)
  expect(failure.message.slice(name.length + 2)).toMatch(sentence)
})

it('recordGoalChange refuses a context that is none', () => {
  expect(() => recordGoalChange(null, { threadId: 't', goalId: 'g' }, null as never)).toThrow(
    new TypeError('recordGoalChange: context: expected an object, got null'),
  )
})

const CONTEXTS = [
  [
    { turn: 'x' },
    /^turn: unknown; the keys are sessionId, turnId, client, threadSource, subagentSource, parentThreadId$/,
  ],
  [{ toString: 'x' }, /^toString: unknown; /],
  [{ turnId: 4 }, /^turnId: expected a text, or null where there is none, got 4$/],
  [{ turnId: 4n }, /^turnId: expected .*, got 4$/],
  [{ sessionId: null }, /^sessionId: expected a text, got null$/],
  [{ parentThreadId: {} }, /^parentThreadId: expected .*, got an object$/],
  [{ client: 'cli' }, /^client: expected an object, got "cli"$/],
  [{ client: { nam: 'cli' } }, /^client\.nam: unknown; the keys are id, name, version, rpcTransport, experimentalApi$/],
  [{ client: { experimentalApi: 'no' } }, /^client\.experimentalApi: expected true, false or null, got "no"$/],
] as const

describe.each(CONTEXTS)('a context that cannot be meant: %o', (context, sentence) => {
  it.each([
    ['recordGoalChange: context.', () => recordGoalChange(null, { threadId: 't', goalId: 'g' }, context as never)],
    ['withGoalContext: ', () => withGoalContext(context as never, () => expect.unreachable())],
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

it('withGoalContext refuses to run what is no function', () => {
  const run = withGoalContext as (context: object, fn?: unknown) => unknown
  expect(() => run({ turnId: '4' })).toThrow(new TypeError('withGoalContext: expected a function, got undefined'))
  expect(() => run({}, null)).toThrow(new TypeError('withGoalContext: expected a function, got null'))
})

it('GoalInstrumentation.setConfig refuses them too', () => {
  const instrumentation = new GoalInstrumentation({ enabled: false })
  expect(() => instrumentation.setConfig({ tabels: [] } as never)).toThrow('GoalInstrumentation: tabels: unknown')
  expect(() => instrumentation.setConfig({ tables: 5 } as never)).toThrow('tables: expected an array')
})

it.each(OF_ALL)('%s takes options that are undefined', (name) => {
  OPERATIONS[name]({ captureObjective: undefined, resource: { 'service.version': undefined } } as never)
})

it.each(['observeGoals', 'recordGoalChange', 'instrumentGoalStore'] as const)(
  '%s takes no outbox without room',
  (name) => {
    const failure = caught(() => OPERATIONS[name]({ outboxLimit: 0 } as never))
    expect(failure).toBeInstanceOf(RangeError)
    expect(failure.message).toBe(`${name}: outboxLimit: expected a whole number from 1, got 0`)
  },
)
