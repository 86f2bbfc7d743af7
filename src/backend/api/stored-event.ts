import { jsonObject, jsonTime, type Row } from '../store/stored-json.ts'
import type { StoredEvent } from './api.ts'
import { BUDGET_WARNING } from './budget-warning.ts'

/** The columns of `event` that an answer has. */
export const EVENT_COLUMNS = `seq, uid, received_at_ms, occurred_at_ns, service_name, trace_id, span_id, payload, attributes,
  resource, ${BUDGET_WARNING} AS budget_warning`

/** A StoredEvent as JSON text on one line. */
export function storedEvent(row: Row): string {
  return jsonObject<StoredEvent>({
    cursor: `"${row.seq}"`,
    uid: JSON.stringify(row.uid),
    received_at: jsonTime((row.received_at_ms as bigint) * 1_000_000n),
    occurred_at: jsonTime(row.occurred_at_ns),
    service: JSON.stringify(row.service_name),
    budget_warning: row.budget_warning,
    trace_id: JSON.stringify(row.trace_id),
    span_id: JSON.stringify(row.span_id),
    payload: row.payload,
    attributes: row.attributes,
    resource: row.resource,
  })
}
