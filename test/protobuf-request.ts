import { LOGS_REQUEST, TRACES_REQUEST } from '../src/otlp/otlp-messages.ts'
import { decode, type Field, LateMessages, type Message } from '../src/otlp/protobuf.ts'

const message = (fields: Readonly<Record<number, Field>>): Message => {
  const list: Field[] = []
  for (const [number, field] of Object.entries(fields)) list[Number(number)] = field
  return { fields: list, empty: () => ({}) }
}
const one = (name: string, type: Field['type']): Field => ({ name, type })
const all = (name: string, type: Message): Field => ({ name, type: () => type, repeated: true })

/** The backend counts points and reads none; here their values are. */
function within(message: Message, field: number): Message {
  const type = message.fields[field]?.type
  if (typeof type !== 'function') throw new Error(`field ${field} is no message`)
  return type()
}
const RESOURCE = within(within(TRACES_REQUEST, 1), 1)
const ATTRIBUTE = within(RESOURCE, 1)
const POINT = message({
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('asDouble', 'double'),
  6: one('asInt', 'fixed64'),
  7: all('attributes', ATTRIBUTE),
})
const HISTOGRAM_POINT = message({
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  9: all('attributes', ATTRIBUTE),
})
const points = (point: Message) =>
  message({ 1: all('dataPoints', point), 2: one('aggregationTemporality', 'int32'), 3: one('isMonotonic', 'bool') })
const METRIC = message({
  1: one('name', 'string'),
  3: one('unit', 'string'),
  5: one('gauge', () => points(POINT)),
  7: one('sum', () => points(POINT)),
  9: one('histogram', () => points(HISTOGRAM_POINT)),
})
const SCOPE_METRICS = message({ 2: all('metrics', METRIC) })
const RESOURCE_METRICS = message({ 1: one('resource', () => RESOURCE), 2: all('scopeMetrics', SCOPE_METRICS) })
const METRICS_REQUEST = message({ 1: all('resourceMetrics', RESOURCE_METRICS) })

const REQUESTS: Readonly<Record<string, Message>> = {
  '/v1/logs': LOGS_REQUEST,
  '/v1/traces': TRACES_REQUEST,
  '/v1/metrics': METRICS_REQUEST,
}

/** A request in protobuf, as it would be in JSON. */
// biome-ignore lint/suspicious/noExplicitAny: as JSON.parse returns it
export function protobufRequest(path: string, body: Buffer): any {
  const request = REQUESTS[path]
  if (request === undefined) throw new Error(`${path} takes no OTLP`)
  return JSON.parse(
    JSON.stringify(decode(request, body), (_, value) => {
      if (value instanceof LateMessages) return [...value]
      return typeof value === 'bigint' ? String(value) : value
    }),
  )
}
