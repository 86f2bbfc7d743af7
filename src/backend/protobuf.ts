import { type Reader, Reader as WireReader } from 'protobufjs/minimal.js'
import { DEEPEST } from './any-value.ts'
import { Malformed } from './malformed.ts'

/**
 * Messages in protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) as the objects that OTLP's JSON
 * form has for them, so that both are validated by the same code. 64-bit integers are exact: bigints beyond 2^53.
 */

/** How a field is encoded, and what becomes of it: ids are hex in OTLP's JSON, other bytes Base64. */
type Scalar = 'string' | 'hex' | 'base64' | 'bool' | 'int32' | 'int64' | 'fixed32' | 'fixed64' | 'double'

export interface Field {
  readonly name: string
  readonly type: Scalar | (() => Message)
  readonly repeated?: boolean
}

/** The fields that are read, by number; others are skipped. */
export interface Message {
  readonly fields: readonly (Field | undefined)[]
  /** One without any field. */
  readonly empty: () => Record<string, unknown>
  /** Where all fields are of one `oneof`, of which the last that was sent counts: the object of one. */
  readonly oneOf?: (number: number, value: unknown) => Record<string, unknown>
}

const WIRE_TYPES: Readonly<Record<Scalar, number>> = {
  string: 2,
  hex: 2,
  base64: 2,
  bool: 0,
  int32: 0,
  int64: 0,
  fixed32: 5,
  fixed64: 1,
  double: 1,
}

/** @throws {Malformed} for what is not in the wire format, no UTF-8, or nested too deeply. */
export function decode(message: Message, bytes: Buffer): Record<string, unknown> {
  const reader = WireReader.create(bytes)
  try {
    return read(message, reader, reader.len, 0)
  } catch (error) {
    if (error instanceof Malformed) throw error
    throw new Malformed(`not protobuf: ${(error as Error).message}`)
  }
}

function read(message: Message, reader: Reader, end: number, depth: number): Record<string, unknown> {
  // Requests, resources and records stand around the values whose depth any-value.ts limits.
  if (depth > 2 * DEEPEST + 16) throw new Malformed('not protobuf: nested too deeply')
  let object = message.empty()
  while (reader.pos < end) {
    const tag = reader.tag()
    const field = message.fields[tag >>> 3]
    // A field of another wire type is an unknown one, as in other decoders.
    if (!field || wireType(field) !== (tag & 7)) {
      reader.skipType(tag & 7, 0, tag >>> 3)
      continue
    }
    const value =
      typeof field.type === 'function'
        ? read(field.type(), reader, endOf(reader, end), depth + 1)
        : scalar(field.type, reader)
    if (message.oneOf) object = message.oneOf(tag >>> 3, value)
    else if (!field.repeated) object[field.name] = value
    else if (Object.hasOwn(object, field.name)) (object[field.name] as unknown[]).push(value)
    else object[field.name] = [value]
  }
  if (reader.pos !== end) throw new Malformed('not protobuf: a field is longer than its message')
  return object
}

function wireType({ type }: Field): number {
  return typeof type === 'function' ? 2 : WIRE_TYPES[type]
}

function endOf(reader: Reader, outer: number): number {
  const end = reader.uint32() + reader.pos
  if (end > outer) throw new Malformed('not protobuf: a message is longer than the one around it')
  return end
}

function scalar(type: Scalar, reader: Reader): unknown {
  switch (type) {
    case 'string':
      return text(reader)
    case 'hex':
      return (reader.bytes() as Buffer).toString('hex')
    case 'base64':
      return (reader.bytes() as Buffer).toString('base64')
    case 'bool':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'fixed32':
      return reader.fixed32()
    case 'double':
      return number(reader.double())
    case 'int64': {
      const { low, high } = reader.int64() as { low: number; high: number }
      return integer(low >>> 0, high)
    }
    case 'fixed64': {
      const low = reader.fixed32()
      return integer(low, reader.fixed32())
    }
  }
}

function text(reader: Reader): string {
  const start = reader.pos
  const value = reader.string()
  if (!value.includes('\ufffd')) return value
  // It stands for what is no UTF-8, too: two goals whose names are broken would be one.
  reader.pos = start
  return reader.stringVerify()
}

/** JSON has no words for these; OTLP's JSON has. */
function number(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function integer(low: number, high: number): number | bigint {
  const value = high * 2 ** 32 + low
  return Number.isSafeInteger(value) ? value : BigInt(high) * 2n ** 32n + BigInt(low)
}
