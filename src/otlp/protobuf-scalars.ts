import type { Reader } from 'protobufjs/minimal.js'

/** How a field is encoded, and what becomes of it: ids are hex in OTLP's JSON, other bytes Base64. */
export type Scalar = 'string' | 'hex' | 'base64' | 'bool' | 'int32' | 'int64' | 'fixed32' | 'fixed64' | 'double'

/** https://protobuf.dev/programming-guides/encoding/#structure */
export const WIRE_TYPES: Readonly<Record<Scalar, number>> = {
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

/**
 * The value at the reader's place, behind which the reader is then.
 * @throws {Error} for text that is not UTF-8, or breaks off.
 */
export function readScalar(type: Scalar, reader: Reader): unknown {
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
  // It also replaces bytes that are not UTF-8: two goals with broken names would become one.
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
