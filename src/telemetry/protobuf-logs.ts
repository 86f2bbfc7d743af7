import type { GoalLogRecord } from './goal-logs.ts'
import { nanoseconds } from './nanoseconds.ts'
import { protobufRequest, writeAttributes } from './protobuf-request.ts'
import type { ProtobufWriter } from './protobuf-writer.ts'

/** An ExportLogsServiceRequest. */
export function protobufLogs(records: readonly GoalLogRecord[]): Uint8Array {
  return protobufRequest(records, writeRecord)
}

function writeRecord(to: ProtobufWriter, record: GoalLogRecord): void {
  const { spanContext, eventName } = record
  to.fixed64(1, nanoseconds(record.hrTime))
  if (record.severityNumber) to.varint(2, record.severityNumber)
  writeAttributes(to, 6, record.attributes)
  to.varint(7, record.droppedAttributesCount)
  if (spanContext?.traceFlags) to.fixed32(8, spanContext.traceFlags)
  if (spanContext?.traceId) to.hex(9, spanContext.traceId)
  if (spanContext?.spanId) to.hex(10, spanContext.spanId)
  to.fixed64(11, nanoseconds(record.hrTimeObserved))
  if (eventName) to.text(12, eventName)
}
