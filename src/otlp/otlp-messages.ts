import type { Field, Message } from './protobuf.ts'

/**
 * The messages of OTLP of which something is read, by the numbers of their fields:
 * https://github.com/open-telemetry/opentelemetry-proto/tree/v1.8.0/opentelemetry/proto
 */

const field = (name: string, type: Field['type']): Field => ({ name, type })
const all = (name: string, type: () => Message): Field => ({ name, type, repeated: true })
const late = (name: string, type: () => Message): Field => ({ name, type, repeated: true, late: true })

function message(fields: Readonly<Record<number, Field>>, more: Partial<Message> = {}): Message {
  const list: Field[] = []
  for (const [number, field] of Object.entries(fields)) list[Number(number)] = field
  return { fields: list, empty: () => ({}), ...more }
}

/** Nearly all of a request are these two: objects that are made in one step are read faster, too. */
const keyValue = () => ({ key: '', value: undefined })
function anyValue(number: number, value: unknown): Record<string, unknown> {
  switch (number) {
    case 1:
      return { stringValue: value }
    case 2:
      return { boolValue: value }
    case 3:
      return { intValue: value }
    case 4:
      return { doubleValue: value }
    case 5:
      return { arrayValue: value }
    case 6:
      return { kvlistValue: value }
    default:
      return { bytesValue: value }
  }
}

const ANY_VALUE: Message = message(
  {
    1: field('stringValue', 'string'),
    2: field('boolValue', 'bool'),
    3: field('intValue', 'int64'),
    4: field('doubleValue', 'double'),
    5: field('arrayValue', () => ARRAY),
    6: field('kvlistValue', () => KEY_VALUES),
    7: field('bytesValue', 'base64'),
  },
  { oneOf: anyValue },
)
const ARRAY = message({ 1: all('values', () => ANY_VALUE) })
const KEY_VALUE = message({ 1: field('key', 'string'), 2: field('value', () => ANY_VALUE) }, { empty: keyValue })
const KEY_VALUES = message({ 1: all('values', () => KEY_VALUE) })
const RESOURCE = message({ 1: all('attributes', () => KEY_VALUE) })

const LOG_RECORD = message({
  1: field('timeUnixNano', 'fixed64'),
  2: field('severityNumber', 'int32'),
  3: field('severityText', 'string'),
  5: field('body', () => ANY_VALUE),
  6: all('attributes', () => KEY_VALUE),
  9: field('traceId', 'hex'),
  10: field('spanId', 'hex'),
  11: field('observedTimeUnixNano', 'fixed64'),
  12: field('eventName', 'string'),
})
const SCOPE_LOGS = message({ 2: late('logRecords', () => LOG_RECORD) })
const RESOURCE_LOGS = message({ 1: field('resource', () => RESOURCE), 2: all('scopeLogs', () => SCOPE_LOGS) })

const STATUS = message({ 2: field('message', 'string'), 3: field('code', 'int32') })
const SPAN = message({
  1: field('traceId', 'hex'),
  2: field('spanId', 'hex'),
  4: field('parentSpanId', 'hex'),
  5: field('name', 'string'),
  6: field('kind', 'int32'),
  7: field('startTimeUnixNano', 'fixed64'),
  8: field('endTimeUnixNano', 'fixed64'),
  9: all('attributes', () => KEY_VALUE),
  15: field('status', () => STATUS),
})
const SCOPE_SPANS = message({ 2: all('spans', () => SPAN) })
const RESOURCE_SPANS = message({ 1: field('resource', () => RESOURCE), 2: all('scopeSpans', () => SCOPE_SPANS) })

/** Points are counted, so nothing of them is read. */
const POINT = message({})
const POINTS = message({ 1: all('dataPoints', () => POINT) })
const METRIC = message({
  5: field('gauge', () => POINTS),
  7: field('sum', () => POINTS),
  9: field('histogram', () => POINTS),
  10: field('exponentialHistogram', () => POINTS),
  11: field('summary', () => POINTS),
})
const SCOPE_METRICS = message({ 2: all('metrics', () => METRIC) })
const RESOURCE_METRICS = message({ 2: all('scopeMetrics', () => SCOPE_METRICS) })

export const LOGS_REQUEST = message({ 1: all('resourceLogs', () => RESOURCE_LOGS) })
export const TRACES_REQUEST = message({ 1: all('resourceSpans', () => RESOURCE_SPANS) })
export const METRICS_REQUEST = message({ 1: all('resourceMetrics', () => RESOURCE_METRICS) })
