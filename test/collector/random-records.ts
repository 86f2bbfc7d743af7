import fc from 'fast-check'
import { GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'
import { GOAL_STATUSES } from '../../src/goal/goal.ts'
import { isTooLarge } from '../../src/otlp/record-size.ts'
import type { AnyValue, KeyValue } from '../../src/otlp/values.ts'
import { aBoolean, aNumber, anything, aString, keyValues, type Values } from './random-values.ts'
import { type GoalRecord, withUid } from './records.ts'

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
