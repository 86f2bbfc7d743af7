import type { HrTime } from '@opentelemetry/api'
import type { GoalLogRecord, LogResource, SCOPE } from './goal-logs.ts'
import { grouped } from './grouped.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

type Attributes = Readonly<Record<string, string | number | boolean>>

const writer = new ProtobufWriter()

/** An ExportLogsServiceRequest: https://github.com/open-telemetry/opentelemetry-proto/blob/v1.8.0/opentelemetry/proto/logs/v1/logs.proto */
export function protobufLogs(records: readonly GoalLogRecord[]): Uint8Array {
  return writer.written(() => {
    for (const [resource, ofResource] of grouped(records, ({ resource }) => resource)) {
      const start = writer.begin(1)
      writeResourceLogs(resource, ofResource)
      writer.end(start)
    }
  })
}

function writeResourceLogs(resource: LogResource, records: readonly GoalLogRecord[]): void {
  const start = writer.begin(1)
  writeAttributes(1, resource.attributes)
  writer.varint(2, 0)
  writer.end(start)
  for (const [scope, ofScope] of grouped(records, (record) => record.instrumentationScope)) {
    const start = writer.begin(2)
    writeScope(scope, ofScope)
    writer.end(start)
  }
}

function writeScope({ name, version, schemaUrl }: typeof SCOPE, records: readonly GoalLogRecord[]): void {
  const start = writer.begin(1)
  writer.text(1, name)
  if (version) writer.text(2, version)
  writer.end(start)
  for (const record of records) {
    const start = writer.begin(2)
    writeRecord(record)
    writer.end(start)
  }
  if (schemaUrl) writer.text(3, schemaUrl)
}

function writeRecord(record: GoalLogRecord): void {
  const { spanContext, eventName } = record
  writer.fixed64(1, nanoseconds(record.hrTime))
  if (record.severityNumber) writer.varint(2, record.severityNumber)
  writeAttributes(6, record.attributes)
  writer.varint(7, record.droppedAttributesCount)
  if (spanContext?.traceFlags) writer.fixed32(8, spanContext.traceFlags)
  if (spanContext?.traceId) writer.hex(9, spanContext.traceId)
  if (spanContext?.spanId) writer.hex(10, spanContext.spanId)
  writer.fixed64(11, nanoseconds(record.hrTimeObserved))
  if (eventName) writer.text(12, eventName)
}

function writeAttributes(field: number, attributes: Attributes): void {
  for (const key in attributes) {
    const start = writer.begin(field)
    writer.text(1, key)
    const value = writer.begin(2)
    writeValue(attributes[key])
    writer.end(value)
    writer.end(start)
  }
}

function writeValue(value: unknown): void {
  if (typeof value === 'string') writer.text(1, value)
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0)
  else if (typeof value !== 'number') return
  else if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) writer.varint(3, value)
  else writer.double(4, value)
}

function nanoseconds([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}
