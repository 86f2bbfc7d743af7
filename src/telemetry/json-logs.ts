import type { GoalLogRecord } from './goal-logs.ts'
import { jsonRequest, writeAttributes } from './json-request.ts'
import type { JsonWriter } from './json-writer.ts'

const NAMES = { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' }

/** An ExportLogsServiceRequest. */
export function jsonLogs(records: readonly GoalLogRecord[]): Uint8Array {
  return jsonRequest(records, NAMES, writeRecord)
}

function writeRecord(to: JsonWriter, record: GoalLogRecord): void {
  const { spanContext } = record
  to.raw('{"timeUnixNano":')
  to.time(record.hrTime)
  to.raw(',"observedTimeUnixNano":')
  to.time(record.hrTimeObserved)
  to.raw(',"severityNumber":')
  to.integer(record.severityNumber)
  to.raw(',"body":{},"eventName":')
  to.string(record.eventName)
  to.raw(',"attributes":')
  writeAttributes(to, record.attributes)
  to.raw(',"droppedAttributesCount":')
  to.integer(record.droppedAttributesCount)
  if (spanContext) {
    to.raw(',"flags":')
    to.integer(spanContext.traceFlags)
    to.raw(',"traceId":')
    to.string(spanContext.traceId)
    to.raw(',"spanId":')
    to.string(spanContext.spanId)
  }
  to.raw('}')
}
