import { LONGEST_LIST } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject } from '../../otlp/json.ts'
import { LateMessages } from '../../otlp/protobuf.ts'

/** Fields that OTLP's signals share, in their JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/**
 * Nanoseconds since 1970; 0 where they are unknown, as in OTLP.
 * @throws {InvalidRecord} naming the place of what is not a time before the year 2262, where SQLite's signed integers end.
 */
export function nanoseconds(value: unknown, place: string): bigint {
  if (value === undefined || value === null || value === '') return 0n
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^\d{1,19}$/.test(text)) throw new InvalidRecord(place)
  const ns = BigInt(text)
  if (ns > LAST) throw new InvalidRecord(place)
  return ns
}

const LAST = 2n ** 63n - 1n

/**
 * In lower case; null for none: absent, empty, or all zeros.
 * @throws {InvalidRecord} naming the place.
 */
export function hexId(value: unknown, length: 16 | 32, place: string): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string' || value.length !== length || !/^[0-9a-f]+$/i.test(value))
    throw new InvalidRecord(place)
  return /^0+$/.test(value) ? null : value.toLowerCase()
}

/** Like `list`, but also for messages that are decoded while they are read. */
export function records(holder: unknown, name: string, place: string): Iterable<unknown> {
  const value = isObject(holder) ? holder[name] : undefined
  return value instanceof LateMessages ? value : list(holder, name, place)
}

/** @throws {InvalidRecord} naming the place of what is not a list, or too long; an absent one is empty. */
export function list(holder: unknown, name: string, place: string): readonly unknown[] {
  if (!isObject(holder)) throw new InvalidRecord(`${place || 'the body'} is not an object`)
  const value = holder[name] ?? []
  const fault = (what: string) => new InvalidRecord(`${place ? `${place}.` : ''}${name} ${what}`)
  if (!Array.isArray(value)) throw fault('is not an array')
  if (value.length > LONGEST_LIST) throw fault(`has more than ${LONGEST_LIST} members`)
  return value
}
