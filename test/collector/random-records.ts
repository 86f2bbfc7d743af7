import fc from 'fast-check'
import { GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'
import { GOAL_STATUSES } from '../../src/goal/goal.ts'
import { isTooLarge } from '../../src/otlp/record-size.ts'
import type { AnyValue, KeyValue } from '../../src/otlp/values.ts'
import { type GoalRecord, withUid } from './records.ts'

const text = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, unit: 'grapheme' }),
  // Any code point but half surrogate pairs, which no UTF-8 can carry.
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom(
    '"',
    "'",
    '\\',
    `$\{env:HOME}`,
    '$$',
    '<b>&',
    '{"a": null}',
    'null',
    'constructor',
    '__proto__',
    '\n',
  ),
)
const integer = fc.oneof(fc.nat(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constant(2n ** 53n + 1n))

const aString = text.map((stringValue): AnyValue => ({ stringValue }))
const aBoolean = fc.boolean().map((boolValue): AnyValue => ({ boolValue }))
const anInteger = integer.map((value): AnyValue => ({ intValue: String(value) }))

/** Usage may have a fraction, which the payload has not; what is beyond 64 bits has no whole number there. */
const aNumber = fc.oneof(
  anInteger,
  fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constantFrom(0.625, -0.5, -0, 0.1 + 0.2, 12.999, 5e-324, 2 ** 53 + 2, 2 ** 63, -(2 ** 63), 2 ** 63 - 1024),
    )
    .map((doubleValue): AnyValue => ({ doubleValue })),
  fc.constantFrom<AnyValue>({ doubleValue: 'NaN' }, { doubleValue: '-Infinity' }, { doubleValue: '12.5' }),
)

/** Values of every type, empty ones and none. */
const anything = fc.oneof(
  aString,
  aBoolean,
  anInteger,
  fc.integer().map((intValue): AnyValue => ({ intValue })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue): AnyValue => ({ doubleValue })),
  fc.constantFrom<AnyValue>(
    {},
    { stringValue: '' },
    { doubleValue: 7 },
    { bytesValue: 'AAEC' },
    { bytesValue: '' },
    { arrayValue: {} },
    { arrayValue: { values: [{ stringValue: 'active' }] } },
    { kvlistValue: {} },
    { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } },
  ),
)

const required: Record<string, fc.Arbitrary<AnyValue>> = {
  'gen_ai.conversation.id': aString,
  'session.id': aString,
  'agent_goal.client.id': aString,
  'agent_goal.client.rpc_transport': aString,
  'agent_goal.id': aString,
  'agent_goal.status': fc.constantFrom(...GOAL_STATUSES).map((stringValue) => ({ stringValue })),
}
const optional: Record<string, fc.Arbitrary<AnyValue>> = {
  'agent_goal.turn.id': aString,
  'agent_goal.client.name': aString,
  'agent_goal.client.version': aString,
  'agent_goal.client.experimental_api': aBoolean,
  'agent_goal.thread.source': aString,
  'agent_goal.thread.subagent_source': aString,
  'agent_goal.thread.parent_id': aString,
  'agent_goal.has_token_budget': aBoolean,
  'agent_goal.usage.tokens': aNumber,
  'agent_goal.usage.duration': aNumber,
}
const runtime: Record<string, fc.Arbitrary<AnyValue>> = {
  'service.version': aString,
  'os.type': fc.oneof(
    fc.constantFrom('linux', 'darwin', 'windows', 'constructor').map((stringValue) => ({ stringValue })),
    aString,
  ),
  'os.version': aString,
  'host.arch': fc.oneof(
    fc.constantFrom('amd64', 'arm64', 'arm32', '__proto__').map((stringValue) => ({ stringValue })),
    aString,
  ),
}

type Values = Partial<Record<string, AnyValue>>
const one = { requiredKeys: [] as never[] }

const eventName = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...GOAL_EVENT_KINDS).map((kind) => `agent_goal.${kind}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'agent_goal.',
      'agent_goal.createdx',
      'agent_goal.xcreated',
      'agent_goal.created.again',
      'agent_goal.created\n',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'agent_goal', 'agent_goalXcreated', 'gen_ai.choice', 'created') },
)

/** Texts that are longer in JSON than they are, each in its own way. */
const FILLINGS = ['o', '"', '<', '&', '\u0001', '\b', '\f', '\n', '\u007f', 'é', '\u2028', '\u2029', '😀', '\\']

/** Pairs of the largest accepted record and one that is a byte larger, when each has its number as uid. */
export function largeRecords(record: GoalRecord): GoalRecord[] {
  const others: KeyValue[] = [
    { key: 'a list', value: { arrayValue: { values: [{ doubleValue: 1e21 }, { boolValue: true }, {}] } } },
    { key: 'a map', value: { kvlistValue: { values: [{ key: '<', value: { bytesValue: 'AAEC' } }] } } },
    { key: 'an empty one', value: { arrayValue: {} } },
    { key: 'a number', value: { doubleValue: 1.5e-9 } },
  ]
  return FILLINGS.flatMap((filling, pair) => {
    const filled = (length: number): GoalRecord => {
      const stringValue = filling.repeat(1000) + 'o'.repeat(length)
      return { ...record, attributes: [...record.attributes, ...others, { key: 'filling', value: { stringValue } }] }
    }
    const largest = longest((length) => {
      return !isTooLarge(withUid(filled(length), `${2 * pair}`).attributes, record.resource)
    })
    return [filled(largest), filled(largest + 1)]
  })
}

/** The largest number for which it holds, found by halving. */
function longest(holds: (length: number) => boolean): number {
  let [low, high] = [0, 2 ** 20]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

/** Possible faults of a record: an attribute of any type, or absent. */
const faults = fc.array(
  fc.tuple(
    fc.constantFrom(...Object.keys({ ...required, ...optional, ...runtime })),
    fc.option(anything, { nil: undefined }),
  ),
  { maxLength: 3 },
)

export const goalRecords: fc.Arbitrary<GoalRecord> = fc
  .record({
    eventName,
    attributes: fc.record(required) as fc.Arbitrary<Values>,
    optional: fc.record(optional, one) as fc.Arbitrary<Values>,
    resource: fc.record(runtime) as fc.Arbitrary<Values>,
    faults: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: faults }),
  })
  .map(({ eventName, attributes, optional, resource, faults }) => {
    const ofRecord: Values = { ...attributes, ...optional }
    const ofResource: Values = { ...resource }
    for (const [key, value] of faults) {
      const values = key in runtime ? ofResource : ofRecord
      if (value === undefined) delete values[key]
      else values[key] = value
    }
    return { eventName, attributes: keyValues(ofRecord), resource: keyValues(ofResource) }
  })

function keyValues(values: Values): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}
