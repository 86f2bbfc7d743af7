import { expect, it } from 'vitest'
import { GoalInstrumentation, instrumentGoalStore, observeGoals, recordGoalChange } from '../../src/index.ts'
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
