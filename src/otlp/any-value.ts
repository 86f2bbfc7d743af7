import { InvalidRecord } from './invalid-record.ts'
import { isObject, type JsonObject } from './json.ts'
import { knownKeys, rememberKeys } from './known-keys.ts'
import type { AnyValue, KeyValue } from './values.ts'

/** OTLP's AnyValue in its JSON form, checked and as plain values: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/** Lists and maps within each other. */
export const DEEPEST = 64
/** Members of a list: a body of 8 MiB has room for so many records of 80 bytes, or for millions of empty ones. */
export const LONGEST_LIST = 100_000

/** @throws {InvalidRecord} naming the place of what is not an AnyValue. */
export function plainValue(value: unknown, place: string, depth = 0): unknown {
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw new InvalidRecord(place)
  if (depth > DEEPEST) throw new InvalidRecord(`${place} is nested deeper than ${DEEPEST}`)
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (given(stringValue)) return text(stringValue, place)
  if (given(boolValue)) return flag(boolValue, place)
  if (given(intValue)) return integer(intValue, place)
  if (given(doubleValue)) return double(doubleValue, place)
  if (given(bytesValue)) return text(bytesValue, place)
  if (given(kvlistValue)) return plainObject(members(kvlistValue, place), place, depth + 1)
  if (given(arrayValue)) {
    return members(arrayValue, place).map((one, at) => plainValue(one, `${place}[${at}]`, depth + 1))
  }
  return null
}

/** @throws {InvalidRecord} naming the place of what is not a list of key and value. */
export function plainObject(list: unknown, place: string, depth = 0): JsonObject {
  const all = keyValues(list, place)
  const known = knownKeys(all)
  if (known) {
    const object: Record<string, unknown> = { ...known.blank }
    for (const [at, key] of known.keys.entries()) object[key] = plainOf(all[at] as KeyValue, place, depth)
    return object
  }
  const object: Record<string, unknown> = {}
  for (const one of all) {
    const { key } = one
    const plain = plainOf(one, place, depth)
    // A key like any other; assigned, it would be the object's prototype. An object without one is three times as slow.
    if (key === '__proto__') Object.defineProperty(object, key, { value: plain, enumerable: true, configurable: true })
    else object[key] = plain
  }
  rememberKeys(all, object)
  return object
}

function plainOf({ key, value }: KeyValue, place: string, depth: number): unknown {
  return scalar(value) ?? plainValue(value, `${place}.${key}`, depth)
}

/** The list itself; protobuf's JSON mapping allows `"value": null` for an absent one. */
export function keyValues(list: unknown, place: string): readonly KeyValue[] {
  if (!given(list)) return []
  if (!Array.isArray(list)) throw new InvalidRecord(place)
  for (const [at, one] of list.entries()) {
    if (!isObject(one) || typeof one.key !== 'string') throw new InvalidRecord(`${place}[${at}]`)
  }
  return list
}

/** What nearly all values are, without the place that only errors name; undefined for what needs a second look. */
function scalar(value: AnyValue | null | undefined): string | number | boolean | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (typeof value.stringValue === 'string') return value.stringValue
  if (given(value.stringValue)) return undefined
  if (typeof value.boolValue === 'boolean') return value.boolValue
  const { boolValue, intValue } = value
  if (given(boolValue)) return undefined
  if (typeof intValue === 'number') return Number.isSafeInteger(intValue) ? intValue : undefined
  return typeof intValue === 'string' && SHORT_INTEGER.test(intValue) ? Number(intValue) : undefined
}

const SHORT_INTEGER = /^-?\d{1,15}$/

function given(value: unknown): boolean {
  return value !== undefined && value !== null
}

function members(value: unknown, place: string): readonly unknown[] {
  if (!isObject(value)) throw new InvalidRecord(place)
  if (!given(value.values)) return []
  if (!Array.isArray(value.values)) throw new InvalidRecord(place)
  return value.values
}

function text(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new InvalidRecord(place)
  return value
}

function flag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw new InvalidRecord(place)
  return value
}

/** A 64-bit integer: a decimal string by the specification; receivers take a number too. */
function integer(value: unknown, place: string): number | bigint {
  const number = typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : value
  if (!isInteger64(number)) throw new InvalidRecord(place)
  return Number.isSafeInteger(Number(number)) ? Number(number) : number
}

function double(value: unknown, place: string): unknown {
  if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value)
  throw new InvalidRecord(place)
}

/** Whether SQLite's integers can hold it and nothing of it was lost on the way. */
export function isInteger64(value: unknown): value is number | bigint {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)
}
