import fc from 'fast-check'
import { aBoolean, aNumber, anything, aString, keyValues, type Values } from './random-values.ts'
import type { GoalRecord } from './records.ts'

const CAUSES = ['create', 'replace', 'edit', 'pause', 'resume', 'clear', 'complete', 'blocked', 'usage_limited']
const STATUSES = ['active', 'paused', 'blocked', 'usage_limited', 'complete']
const LIMITS = ['token_budget', 'turn_budget', 'time_budget', 'evidence_catalog']

const oneOf = (...words: readonly string[]) => fc.constantFrom(...words).map((stringValue) => ({ stringValue }))

const attributes = {
  'session.id': aString,
  cause: oneOf(...CAUSES, 'verifier_reject', 'delegated', ''),
  goal_id: aString,
  status: oneOf(...STATUSES),
}
const optional = {
  limit_kind: oneOf(...LIMITS),
  revision: aNumber,
  tokens_used: aNumber,
  token_budget: aNumber,
  active_time_ms: aNumber,
  objective_length: aNumber,
  'event.timestamp': oneOf('2026-11-29T08:45:01.552Z', ''),
}
const resource = { 'service.version': aString }
const described = { 'os.type': oneOf('darwin', 'linux'), 'os.version': aString, 'host.arch': aString }

const faults = fc.array(
  fc.tuple(
    fc.constantFrom(...Object.keys({ ...attributes, ...optional, ...resource, ...described })),
    fc.option(fc.oneof(anything, aBoolean), { nil: undefined }),
  ),
  { maxLength: 2 },
)

/** Records of qwen-code's goals, most of them valid, and some of other things. */
export const qwenRecords: fc.Arbitrary<GoalRecord> = fc
  .record({
    name: oneOf(...Array.from({ length: 20 }, () => 'qwen-code.goal_state'), 'qwen-code.user_prompt'),
    inField: fc.boolean(),
    attributes: fc.record(attributes) as fc.Arbitrary<Values>,
    optional: fc.record(optional, { requiredKeys: [] }) as fc.Arbitrary<Values>,
    resource: fc.record(resource) as fc.Arbitrary<Values>,
    described: fc.record(described, { requiredKeys: [] }) as fc.Arbitrary<Values>,
    faults: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: faults }),
  })
  .map(({ name, inField, faults, ...parts }) => {
    const ofRecord: Values = { ...parts.attributes, ...parts.optional, ...(inField ? {} : { 'event.name': name }) }
    const ofResource: Values = { ...parts.resource, ...parts.described }
    for (const [key, value] of faults) {
      const values = key in resource || key in described ? ofResource : ofRecord
      if (value === undefined) delete values[key]
      else values[key] = value
    }
    return {
      eventName: inField ? name.stringValue : '',
      attributes: keyValues(ofRecord),
      resource: keyValues(ofResource),
    }
  })
