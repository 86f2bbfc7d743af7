import { ByteReader, exact } from './byte-reader.ts'
import type { TextEncoding } from './database-header.ts'

export type Value = null | number | bigint | string | Uint8Array

/** Where a column's value is in a record; undefined for a column that was added after the record was written. */
export type Slot = { readonly type: number; readonly start: number; readonly end: number } | undefined

/**
 * Where the values of a record are (https://sqlite.org/fileformat2.html#record_format), of its first `count` columns.
 * @returns undefined where the bytes end before its header does.
 */
export function slotsOf(record: Buffer, count: number): Slot[] | undefined {
  const reader = new ByteReader(record)
  const headerEnd = reader.length()
  if (headerEnd > record.length) return undefined
  const slots: Slot[] = []
  for (let start = headerEnd; reader.at < headerEnd && slots.length < count; ) {
    const type = reader.length()
    const end = start + sizeOf(type)
    slots.push({ type, start, end })
    start = end
  }
  return slots
}

const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

function sizeOf(type: number): number {
  return type >= 12 ? (type - 12 - (type % 2)) / 2 : (SIZES[type] ?? 0)
}

export function valueAt(record: Buffer, slot: NonNullable<Slot>, encoding: TextEncoding): Value {
  const { type, start, end } = slot
  if (end > record.length) throw new RangeError('a value beyond the end of its record')
  switch (type) {
    case 0:
      return null
    case 8:
      return 0
    case 9:
      return 1
    case 6:
      return exact(record.readBigInt64BE(start))
    case 7:
      return record.readDoubleBE(start)
    default:
      break
  }
  if (type < 6) return record.readIntBE(start, end - start)
  const bytes = record.subarray(start, end)
  return type % 2 === 0 ? new Uint8Array(bytes) : textOf(bytes, encoding)
}

function textOf(bytes: Buffer, encoding: TextEncoding): string {
  if (encoding === 'utf8') return bytes.toString('utf8')
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return (encoding === 'utf16be' ? even.swap16() : even).toString('utf16le')
}
