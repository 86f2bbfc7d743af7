import { codexGoalEvent } from '../../codex/codex-goal-event.ts'
import { keyValues, plainObject, plainValue } from '../../otlp/any-value.ts'
import { isObject, type JsonObject, printJson } from '../../otlp/json.ts'
import { Malformed } from '../../otlp/malformed.ts'
import { Intake, type ReceivedEvent, receive, uidOfArrival } from './intake.ts'
import { hexId, list, nanoseconds, once, type Resource, records, resourceOf } from './otlp-fields.ts'
import { goalPayload, isKey } from './payload.ts'

/**
 * The goal events in an ExportLogsServiceRequest. A goal event is a record whose body is a payload (a Collector made
 * it) or one that is named `agent_goal.*`, which is translated here; other records are no concern of this backend.
 * @throws {Malformed} where the body is no such request, naming the place.
 * @throws {Refusal} 413, as Intake does.
 */
export function otlpLogs(body: unknown, receivedAtMs: number): Intake {
  const intake = new Intake()
  for (const [at, ofResource] of list(body, 'resourceLogs', '').entries()) {
    const place = `resourceLogs[${at}]`
    const scopes = list(ofResource, 'scopeLogs', place)
    const sender = (ofResource as JsonObject).resource ?? null
    const resource = once(() => resourceOf(sender))
    const asItCame = once(() => (sender === null ? null : printJson(sender)))
    for (const [at, ofScope] of scopes.entries()) {
      for (const record of records(ofScope, 'logRecords', `${place}.scopeLogs[${at}]`)) {
        intake.read(record, asItCame, () => goalEvent(record, resource, receivedAtMs))
      }
    }
  }
  return intake
}

function goalEvent(record: unknown, resource: () => Resource, receivedAtMs: number): ReceivedEvent | undefined {
  if (!isObject(record)) throw new Malformed('the log record is not an object')
  const translated = isPayload(record.body)
  const named = typeof record.eventName === 'string' && record.eventName.startsWith('agent_goal.')
  if (!translated && !named) return undefined
  const { list, runtime, text, serviceName } = resource()
  const ofRecord = keyValues(record.attributes, 'attributes')
  const attributes = plainObject(ofRecord, 'attributes')
  const payload = translated
    ? plainValue(record.body, 'body')
    : codexGoalEvent(record.eventName as string, ofRecord, list, runtime)
  return receive({
    uid: uidOf(attributes, receivedAtMs),
    occurredAtNs: occurredAt(record, receivedAtMs),
    // Translated ones too: the keys that are stored are held to one rule.
    payload: goalPayload(payload),
    traceId: hexId(record.traceId, 32, 'traceId'),
    spanId: hexId(record.spanId, 16, 'spanId'),
    attributes,
    resource: text,
    serviceName,
  })
}

function isPayload(body: unknown): boolean {
  if (!isObject(body) || !isObject(body.kvlistValue) || !Array.isArray(body.kvlistValue.values)) return false
  return body.kvlistValue.values.some(
    (one: unknown) =>
      isObject(one) && one.key === 'event_type' && isObject(one.value) && one.value.stringValue === 'codex_goal_event',
  )
}

function uidOf(attributes: JsonObject, receivedAtMs: number): string {
  const uid = attributes['log.record.uid']
  if (uid === undefined || uid === null || uid === '') return uidOfArrival(receivedAtMs)
  if (typeof uid !== 'string' || !isKey(uid)) throw new Malformed('log.record.uid')
  return uid
}

function occurredAt(record: JsonObject, receivedAtMs: number): bigint {
  const ns = nanoseconds(record.timeUnixNano, 'timeUnixNano')
  if (ns > 0n) return ns
  const observed = nanoseconds(record.observedTimeUnixNano, 'observedTimeUnixNano')
  return observed > 0n ? observed : BigInt(receivedAtMs) * 1_000_000n
}
