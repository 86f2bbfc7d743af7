import { isObject } from '../../otlp/json.ts'
import { Malformed } from '../../otlp/malformed.ts'
import { Intake, receive, uidOfArrival } from './intake.ts'
import { list } from './otlp-fields.ts'
import { goalPayload } from './payload.ts'

/**
 * The goal events in `{"events":[…]}`, the body that Codex posts. They carry no uid and no time: each gets a key of its
 * own, in the order given. Codex's other events are no concern of this backend.
 * @throws {Malformed} where the body has no list of events.
 */
export function codexEvents(body: unknown, receivedAtMs: number): Intake {
  if (!isObject(body) || !Array.isArray(body.events)) throw new Malformed('events is not an array')
  const events = list(body, 'events', '')
  const intake = new Intake()
  const occurredAtNs = BigInt(receivedAtMs) * 1_000_000n
  for (const record of events) {
    if (isObject(record) && typeof record.event_type === 'string' && record.event_type !== 'codex_goal_event') continue
    intake.read(record, none, () =>
      receive({
        payload: goalPayload(record),
        uid: uidOfArrival(receivedAtMs),
        occurredAtNs,
        traceId: null,
        spanId: null,
        attributes: null,
        resource: null,
        serviceName: null,
      }),
    )
  }
  return intake
}

/** Codex tells no resource. */
const none = () => null
