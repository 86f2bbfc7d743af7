import { grouped } from '../base/grouped.ts'
import { JsonWriter } from './json-writer.ts'
import type { RequestItem } from './request-item.ts'

/** What a signal calls the parts of its request. */
export interface RequestNames {
  readonly resources: string
  readonly scopes: string
  readonly items: string
}

const to = new JsonWriter()

/**
 * A request of OTLP in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), to the letter what OpenTelemetry's
 * serializers make in twice the time.
 */
export function jsonRequest<T extends RequestItem>(
  items: readonly T[],
  names: RequestNames,
  write: (to: JsonWriter, item: T) => void,
): Uint8Array {
  return to.written(() => {
    to.raw(`{"${names.resources}":`)
    writeList(to, grouped(items, ofResource), ([{ attributes }, of]) => {
      to.raw('{"resource":{"attributes":')
      writeAttributes(to, attributes)
      to.raw(`,"droppedAttributesCount":0},"${names.scopes}":`)
      writeList(to, grouped(of, ofScope), ([{ name, version, schemaUrl }, of]) => {
        to.raw(`{"scope":${JSON.stringify({ name, version })},"${names.items}":`)
        writeList(to, of, (item) => write(to, item))
        to.raw(schemaUrl === undefined ? '}' : `,"schemaUrl":${JSON.stringify(schemaUrl)}}`)
      })
      to.raw('}')
    })
    to.raw('}')
  })
}

const ofResource = <T extends RequestItem>({ resource }: T): T['resource'] => resource
const ofScope = <T extends RequestItem>({ instrumentationScope }: T): T['instrumentationScope'] => instrumentationScope

export function writeList<T>(to: JsonWriter, items: Iterable<T>, write: (item: T) => void): void {
  to.raw('[')
  let isFirst = true
  for (const item of items) {
    if (!isFirst) to.raw(',')
    isFirst = false
    write(item)
  }
  to.raw(']')
}

export function writeAttributes(to: JsonWriter, attributes: Readonly<Record<string, unknown>>): void {
  let before = '[{"key":'
  for (const key in attributes) {
    to.raw(before)
    to.string(key)
    writeValue(to, attributes[key])
    before = ',{"key":'
  }
  to.raw(before === ',{"key":' ? ']' : '[]')
}

function writeValue(to: JsonWriter, value: unknown): void {
  if (typeof value === 'string') {
    to.raw(',"value":{"stringValue":')
    to.string(value)
  } else if (typeof value === 'boolean') to.raw(`,"value":{"boolValue":${value}`)
  else if (typeof value !== 'number') to.raw(',"value":{')
  else if (Number.isInteger(value)) {
    to.raw(',"value":{"intValue":')
    to.integer(value)
  } else to.raw(`,"value":{"doubleValue":${JSON.stringify(value)}`)
  to.raw('}}')
}
