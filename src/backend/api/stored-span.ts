import { jsonObject, jsonTime, type Row } from '../store/stored-json.ts'
import type { StoredSpan } from './api.ts'

/** The columns of `span` that an answer has. */
export const SPAN_COLUMNS =
  'trace_id, span_id, parent_span_id, name, kind, started_at_ns, duration_ns, status_code, status_message, service_name, attributes'

/** A StoredSpan as JSON text. */
export function storedSpan(row: Row): string {
  return jsonObject<StoredSpan>({
    trace_id: JSON.stringify(row.trace_id),
    span_id: JSON.stringify(row.span_id),
    parent_span_id: JSON.stringify(row.parent_span_id),
    name: JSON.stringify(row.name),
    kind: row.kind,
    started_at: jsonTime(row.started_at_ns),
    duration_ms: Number(row.duration_ns) / 1e6,
    status_code: row.status_code,
    status_message: JSON.stringify(row.status_message),
    service: JSON.stringify(row.service_name),
    attributes: row.attributes,
  })
}
