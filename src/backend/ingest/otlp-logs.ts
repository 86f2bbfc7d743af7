import { codexEventKind } from '../../codex/codex-event-kind.ts'
import { type CodexGoalEvent, codexGoalEvent, codexRuntime, NotAGoalEvent } from '../../codex/codex-goal-event.ts'
import { codexGoalFaults } from '../../codex/codex-goal-faults.ts'
import { keyValues, plainObject, plainValue } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject, type JsonObject } from '../../otlp/json.ts'
import type { KeyValue } from '../../otlp/values.ts'
import type { ReceivedEvent } from '../store/received-records.ts'
import { IngestBatch } from './ingest-batch.ts'
import { hexId, list, nanoseconds, records } from './otlp-fields.ts'
import { goalPayload } from './payload.ts'
import { isQwenGoalState, qwenGoalEvents, qwenResource } from './qwen-goal-state.ts'
import { isKey, newUid, receivedEvent } from './received-event.ts'
import { type Resource, readResource } from './resource.ts'

/**
 * The goal events in an ExportLogsServiceRequest. A goal event is a record whose body is a payload (a Collector made
 * it), or one that is named `agent_goal.*` or `qwen-code.goal_state`, which is translated here. Other records are passed over, as
 * are goal events of a kind that Codex does not have.
 * @throws {InvalidRecord} if the body is not such a request, naming the place.
 * @throws {HttpError} 413, as IngestBatch does.
 */
export function otlpLogs(body: unknown, receivedAtMs: number): IngestBatch {
  const batch = new IngestBatch()
  for (const [at, ofResource] of list(body, 'resourceLogs', '').entries()) {
    const place = `resourceLogs[${at}]`
    const scopes = list(ofResource, 'scopeLogs', place)
    const sender = (ofResource as JsonObject).resource ?? null
    const resource = readResource(sender)
    for (const [at, ofScope] of scopes.entries()) {
      for (const record of records(ofScope, 'logRecords', `${place}.scopeLogs[${at}]`)) {
        let events: readonly ReceivedEvent[]
        try {
          events = goalEvents(record, resource, receivedAtMs)
        } catch (error) {
          batch.reject(error, record, sender)
          continue
        }
        for (const event of events) batch.add(event)
      }
    }
  }
  return batch
}

/** None for a record that is not a goal event. */
function goalEvents(record: unknown, resource: Resource | Error, receivedAtMs: number): ReceivedEvent[] {
  if (!isObject(record)) throw new InvalidRecord('the log record is not an object')
  const { body, eventName } = record
  const hasPayload = isPayload(body)
  const isNamed = !hasPayload && isTranslated(eventName)
  const isQwen = !hasPayload && !isNamed && isQwenGoalState(eventName, record.attributes)
  if (!hasPayload && !isNamed && !isQwen) return []
  if (resource instanceof Error) throw resource
  const attributes = keyValues(record.attributes, 'attributes')
  const event = (attributes: readonly KeyValue[], payloadOf: () => CodexGoalEvent): ReceivedEvent => {
    const plain = plainObject(attributes, 'attributes')
    return receivedEvent(payloadOf(), {
      uid: uidOf(plain, receivedAtMs),
      occurredAtNs: occurredAt(record, receivedAtMs),
      traceId: hexId(record.traceId, 32, 'traceId'),
      spanId: hexId(record.spanId, 16, 'spanId'),
      attributes: plain,
      resource: resource.text,
      serviceName: resource.serviceName,
    })
  }
  if (hasPayload) return [event(attributes, () => goalPayload(plainValue(body, 'body')))]
  if (!isQwen) return [event(attributes, () => translated(eventName as string, attributes, resource))]
  const described = describedResource(resource)
  return qwenGoalEvents(attributes).map((one) =>
    event(one.attributes, () => translated(one.eventName, one.attributes, described)),
  )
}

function describedResource(resource: Resource): Resource {
  const list = qwenResource(resource.list)
  return { ...resource, list, runtime: codexRuntime(list) }
}

/** @throws {InvalidRecord} naming everything that is missing or wrong at once. */
function translated(eventName: string, attributes: readonly KeyValue[], { list, runtime }: Resource): CodexGoalEvent {
  try {
    return codexGoalEvent(eventName, attributes, list, runtime)
  } catch (error) {
    if (error instanceof NotAGoalEvent) throw new InvalidRecord(codexGoalFaults(eventName, attributes, list).join(', '))
    throw error
  }
}

function isPayload(body: unknown): boolean {
  if (!isObject(body) || !isObject(body.kvlistValue) || !Array.isArray(body.kvlistValue.values)) return false
  return body.kvlistValue.values.some(
    (one: unknown) =>
      isObject(one) && one.key === 'event_type' && isObject(one.value) && one.value.stringValue === 'codex_goal_event',
  )
}

/** Also for a name that merely looks like a goal event's: its record is rejected, where somebody sees it. */
function isTranslated(name: unknown): name is string {
  return typeof name === 'string' && name.startsWith('agent_goal.') && codexEventKind(name) !== null
}

function uidOf(attributes: JsonObject, receivedAtMs: number): string {
  const uid = attributes['log.record.uid']
  if (uid === undefined || uid === null || uid === '') return newUid(receivedAtMs)
  if (!isKey(uid)) throw new InvalidRecord('log.record.uid')
  return uid
}

function occurredAt(record: JsonObject, receivedAtMs: number): bigint {
  const ns = nanoseconds(record.timeUnixNano, 'timeUnixNano')
  if (ns > 0n) return ns
  const observed = nanoseconds(record.observedTimeUnixNano, 'observedTimeUnixNano')
  return observed > 0n ? observed : BigInt(receivedAtMs) * 1_000_000n
}
