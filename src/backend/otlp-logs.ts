import { codexGoalEvent } from '../event/codex-goal-event.ts'
import { keyValues, plainObject, plainValue } from './any-value.ts'
import { type Intake, type ReceivedEvent, type RejectedRecord, receive, reject, uidOfArrival } from './intake.ts'
import { isObject, type JsonObject } from './json.ts'
import { Malformed } from './malformed.ts'
import { goalPayload, isKey } from './payload.ts'

/**
 * The goal events in an ExportLogsServiceRequest. A goal event is a record whose body is a payload (a Collector made
 * it) or one that is named `agent_goal.*`, which is translated here; other records are no concern of this backend.
 * @throws {Malformed} where the body is no such request, naming the place.
 */
export function otlpLogs(body: unknown, receivedAtMs: number): Intake {
  const events: ReceivedEvent[] = []
  const rejected: RejectedRecord[] = []
  if (!isObject(body)) throw new Malformed('the body is not an object')
  for (const [at, ofResource] of list(body, 'resourceLogs', '').entries()) {
    const place = `resourceLogs[${at}]`
    for (const [at, ofScope] of list(ofResource, 'scopeLogs', place).entries()) {
      for (const record of list(ofScope, 'logRecords', `${place}.scopeLogs[${at}]`)) {
        const resource = (ofResource as JsonObject).resource ?? null
        try {
          const event = goalEvent(record, resource, receivedAtMs)
          if (event) events.push(event)
        } catch (error) {
          rejected.push(reject(error, record, resource))
        }
      }
    }
  }
  return { events, rejected }
}

function goalEvent(record: unknown, resource: unknown, receivedAtMs: number): ReceivedEvent | undefined {
  if (!isObject(record)) throw new Malformed('the log record is not an object')
  const translated = isPayload(record.body)
  const named = typeof record.eventName === 'string' && record.eventName.startsWith('agent_goal.')
  if (!translated && !named) return undefined
  if (resource !== null && !isObject(resource)) throw new Malformed('resource')
  const ofRecord = keyValues(record.attributes, 'attributes')
  const ofResource = keyValues(resource?.attributes, 'resource.attributes')
  const attributes = plainObject(ofRecord, 'attributes')
  const resourceAttributes = plainObject(ofResource, 'resource.attributes')
  const payload = translated
    ? plainValue(record.body, 'body')
    : codexGoalEvent(record.eventName as string, ofRecord, ofResource)
  return receive({
    uid: uidOf(attributes, receivedAtMs),
    occurredAtNs: occurredAt(record, receivedAtMs),
    // Translated ones too: the keys that are stored are held to one rule.
    payload: goalPayload(payload),
    traceId: hexId(record.traceId, 32, 'traceId'),
    spanId: hexId(record.spanId, 16, 'spanId'),
    attributes,
    resource: resourceAttributes,
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

/** 0 where it is unknown, as in OTLP. */
function nanoseconds(value: unknown, place: string): bigint {
  if (value === undefined || value === null || value === '') return 0n
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value
  // SQLite's integers are signed: the year 2262 is the last.
  if (typeof text !== 'string' || !/^\d{1,19}$/.test(text)) throw new Malformed(place)
  const ns = BigInt(text)
  if (ns !== BigInt.asIntN(64, ns)) throw new Malformed(place)
  return ns
}

/** Null for none: absent, empty, or all zeros. */
function hexId(value: unknown, length: number, place: string): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string' || value.length !== length || !/^[0-9a-f]+$/i.test(value)) throw new Malformed(place)
  return /^0+$/.test(value) ? null : value.toLowerCase()
}

function list(holder: unknown, name: string, place: string): readonly unknown[] {
  if (!isObject(holder)) throw new Malformed(`${place} is not an object`)
  const value = holder[name] ?? []
  if (!Array.isArray(value)) throw new Malformed(`${place ? `${place}.` : ''}${name} is not an array`)
  return value
}
