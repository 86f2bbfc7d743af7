import { grouped } from '../base/grouped.ts'
import { ProtobufWriter } from './protobuf-writer.ts'
import type { RequestItem } from './request-item.ts'

const to = new ProtobufWriter()

/**
 * A request of OTLP: log records and spans have the same numbers for all around them. See
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.8.0/opentelemetry/proto/logs/v1/logs.proto, and trace.proto beside it.
 */
export function protobufRequest<T extends RequestItem>(
  items: readonly T[],
  write: (to: ProtobufWriter, item: T) => void,
): Uint8Array {
  return to.written(() => {
    for (const [resource, ofResource] of grouped(items, (item) => item.resource)) {
      const start = to.begin(1)
      const about = to.begin(1)
      writeAttributes(to, 1, resource.attributes)
      to.varint(2, 0)
      to.end(about)
      for (const [scope, ofScope] of grouped(ofResource, (item) => item.instrumentationScope)) {
        const start = to.begin(2)
        writeScope(scope, ofScope, write)
        to.end(start)
      }
      to.end(start)
    }
  })
}

function writeScope<T extends RequestItem>(
  { name, version, schemaUrl }: T['instrumentationScope'],
  items: readonly T[],
  write: (to: ProtobufWriter, item: T) => void,
): void {
  const start = to.begin(1)
  to.text(1, name)
  if (version) to.text(2, version)
  to.end(start)
  for (const item of items) {
    const start = to.begin(2)
    write(to, item)
    to.end(start)
  }
  if (schemaUrl) to.text(3, schemaUrl)
}

export function writeAttributes(
  to: ProtobufWriter,
  field: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const key in attributes) {
    const start = to.begin(field)
    to.text(1, key)
    const value = to.begin(2)
    writeValue(to, attributes[key])
    to.end(value)
    to.end(start)
  }
}

function writeValue(to: ProtobufWriter, value: unknown): void {
  if (typeof value === 'string') to.text(1, value)
  else if (typeof value === 'boolean') to.varint(2, value ? 1 : 0)
  else if (typeof value !== 'number') return
  else if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) to.varint(3, value)
  else to.double(4, value)
}
