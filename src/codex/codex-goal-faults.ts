import type { KeyValue } from '../otlp/values.ts'
import { codexGoalEvent, NotAGoalEvent } from './codex-goal-event.ts'

/** More than a payload has keys. */
const MOST = 32

/**
 * All that keeps a record from becoming a payload, in the order of the payload; codexGoalEvent() names the first of it. It is asked
 * again with that put right, so that what a payload needs is written down in one place.
 */
export function codexGoalFaults(
  eventName: string,
  attributes: readonly KeyValue[],
  resource: readonly KeyValue[],
): readonly string[] {
  const faults: string[] = []
  let [event, ofRecord, ofResource] = [eventName, attributes, resource]
  while (faults.length < MOST) {
    try {
      codexGoalEvent(event, ofRecord, ofResource)
      break
    } catch (error) {
      if (!(error instanceof NotAGoalEvent)) throw error
      const fault = error.message
      const again = faults.includes(fault)
      if (!again) faults.push(fault)
      if (fault === 'size') break
      if (fault === 'event name') event = 'agent_goal.created'
      else {
        // Absent is right for what may be absent; what is missed again needs a value, which its status shows to be one of a few.
        const right = again ? [{ key: fault, value: { stringValue: 'active' } }] : []
        ofRecord = [...ofRecord.filter(({ key }) => key !== fault), ...right]
        ofResource = [...ofResource.filter(({ key }) => key !== fault), ...right]
      }
    }
  }
  return faults
}
