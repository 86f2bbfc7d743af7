import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject } from '../../otlp/json.ts'
import type { ReceivedEvent } from '../store/received-records.ts'
import { IngestBatch } from './ingest-batch.ts'
import { list } from './otlp-fields.ts'
import { goalPayload } from './payload.ts'
import { isKey, newUid, receivedEvent } from './received-event.ts'

/**
 * The goal events in `{"events":[…]}`, the body that Codex posts. They carry no uid and no time: each gets its own key,
 * in the order given. Codex's other events are passed over.
 * @throws {InvalidRecord} where the body has no list of events.
 * @throws {HttpError} 413, as IngestBatch does.
 */
export function codexEvents(body: unknown, receivedAtMs: number): IngestBatch {
  if (!isObject(body) || !Array.isArray(body.events)) throw new InvalidRecord('events is not an array')
  const batch = new IngestBatch()
  const occurredAtNs = BigInt(receivedAtMs) * 1_000_000n
  for (const record of list(body, 'events', '')) {
    if (isObject(record) && typeof record.event_type === 'string' && record.event_type !== 'codex_goal_event') continue
    let event: ReceivedEvent
    try {
      const payload = goalPayload(record)
      const { product_client_id: client } = payload.event_params.app_server_client
      event = receivedEvent(payload, {
        uid: newUid(receivedAtMs),
        occurredAtNs,
        // Codex sends the payload alone, which says whose it is: `codex-tui`, `codex_exec`, or an editor's name.
        traceId: null,
        spanId: null,
        attributes: null,
        resource: null,
        serviceName: isKey(client) ? client : null,
      })
    } catch (error) {
      batch.reject(error, record, null)
      continue
    }
    batch.add(event)
  }
  return batch
}
