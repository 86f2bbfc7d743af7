import fc from 'fast-check'
import { expect, it } from 'vitest'
import { codexGoalEvent, NotAGoalEvent } from '../../src/codex/codex-goal-event.ts'
import { codexGoalFaults } from '../../src/codex/codex-goal-faults.ts'
import type { KeyValue } from '../../src/otlp/values.ts'
import { ATTRIBUTES, keyValues, RESOURCE } from '../backend/goal-records.ts'

const GOOD = [keyValues(ATTRIBUTES), keyValues(RESOURCE)] as unknown as [KeyValue[], KeyValue[]]
const REQUIRED = ['gen_ai.conversation.id', 'session.id', 'agent_goal.client.id', 'agent_goal.id', 'agent_goal.status']

it('all that is missing or wrong in a record is named, in the order of the payload, whatever it is', () => {
  const name = 'agent_goal.created'
  expect(codexGoalFaults(name, ...GOOD)).toEqual([])
  const places = fc.subarray([...REQUIRED, 'agent_goal.turn.id', 'service.version', 'os.type'])
  fc.assert(
    fc.property(places, fc.boolean(), (broken, absent) => {
      const [attributes, resource] = GOOD.map((list) =>
        list.flatMap((one) =>
          !broken.includes(one.key) ? one : absent ? [] : { key: one.key, value: { arrayValue: { values: [] } } },
        ),
      ) as unknown as [KeyValue[], KeyValue[]]
      const expected = broken.filter((key) => !absent || key !== 'agent_goal.turn.id')
      const faults = codexGoalFaults(name, attributes, resource)
      expect(faults.toSorted()).toEqual(expected.toSorted())
      if (faults[0] !== undefined)
        expect(() => codexGoalEvent(name, attributes, resource)).toThrow(new NotAGoalEvent(faults[0]))
    }),
  )
})

it('an event without a known name is named too, beside its attributes', () => {
  expect(codexGoalFaults('agent_goal.other', [], []).slice(0, 2)).toEqual(['event name', 'gen_ai.conversation.id'])
})
