import { codexRuntime, type Runtime } from '../../codex/codex-goal-event.ts'
import { keyValues, LONGEST_LIST, plainObject } from '../../otlp/any-value.ts'
import { isObject, printJson } from '../../otlp/json.ts'
import { Malformed } from '../../otlp/malformed.ts'
import { LateMessages } from '../../otlp/protobuf.ts'
import { isTooLarge } from '../../otlp/record-size.ts'
import type { KeyValue } from '../../otlp/values.ts'

/** Fields that OTLP's signals share, in their JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/** Whose records they are: read once for all of them. */
export interface Resource {
  readonly list: readonly KeyValue[]
  /** @throws {NotAGoalEvent} where it does not tell all of it. */
  readonly runtime: () => Runtime
  /** The attributes as JSON text. */
  readonly text: string
  readonly serviceName: string | null
}

/** @throws {Malformed} naming the place. */
export function resourceOf(resource: unknown): Resource {
  if (resource !== null && !isObject(resource)) throw new Malformed('resource')
  const list = keyValues(resource?.attributes, 'resource.attributes')
  const attributes = plainObject(list, 'resource.attributes')
  const service = attributes['service.name']
  // It is kept with each of its records.
  if (isTooLarge([], list)) throw new Malformed('size')
  return {
    list,
    runtime: once(() => codexRuntime(list)),
    text: printJson(attributes),
    serviceName: typeof service === 'string' ? service : null,
  }
}

/** What `make` returns or throws the first time, every time. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | { readonly error: unknown } | undefined
  return () => {
    if (!made) {
      try {
        made = { value: make() }
      } catch (error) {
        made = { error }
      }
    }
    if ('error' in made) throw made.error
    return made.value
  }
}

/**
 * Nanoseconds since 1970; 0 where they are unknown, as in OTLP.
 * @throws {Malformed} naming the place of what is no time before the year 2262, where SQLite's signed integers end.
 */
export function nanoseconds(value: unknown, place: string): bigint {
  if (value === undefined || value === null || value === '') return 0n
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^\d{1,19}$/.test(text)) throw new Malformed(place)
  const ns = BigInt(text)
  if (ns > LAST) throw new Malformed(place)
  return ns
}

const LAST = 2n ** 63n - 1n

/**
 * In lower case; null for none: absent, empty, or all zeros.
 * @throws {Malformed} naming the place.
 */
export function hexId(value: unknown, length: 16 | 32, place: string): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string' || value.length !== length || !/^[0-9a-f]+$/i.test(value)) throw new Malformed(place)
  return /^0+$/.test(value) ? null : value.toLowerCase()
}

/** As list does, also of messages that are decoded while they are read. */
export function records(holder: unknown, name: string, place: string): Iterable<unknown> {
  const value = isObject(holder) ? holder[name] : undefined
  return value instanceof LateMessages ? value : list(holder, name, place)
}

/** @throws {Malformed} naming the place of what is no list, or too long a one; an absent one is empty. */
export function list(holder: unknown, name: string, place: string): readonly unknown[] {
  if (!isObject(holder)) throw new Malformed(`${place || 'the body'} is not an object`)
  const value = holder[name] ?? []
  const fault = (what: string) => new Malformed(`${place ? `${place}.` : ''}${name} ${what}`)
  if (!Array.isArray(value)) throw fault('is not an array')
  if (value.length > LONGEST_LIST) throw fault(`has more than ${LONGEST_LIST} members`)
  return value
}
