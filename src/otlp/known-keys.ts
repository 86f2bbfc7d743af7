import type { KeyValue } from './values.ts'

/** Keys, in the order in which attributes had them. */
export interface KnownKeys {
  readonly keys: readonly string[]
  /** With these keys and no values: a copy that is filled is made in half the time of an object that grows by each. */
  readonly blank: Readonly<Record<string, unknown>>
}

/** Attributes of which the keys are remembered have no more, and their keys no more characters. */
const MOST_KEYS = 64
const MOST_TEXT = 4096

/** By their number: one sender's records of one kind have the same keys, and other kinds mostly another number of them. */
const known: KnownKeys[] = []

/** The keys of a list, where they are those that the last list of its length had. */
export function knownKeys(list: readonly KeyValue[]): KnownKeys | undefined {
  const last = known[list.length]
  if (!last) return undefined
  const { keys } = last
  for (let at = 0; at < keys.length; at++) if (list[at]?.key !== keys[at]) return undefined
  return last
}

/** Remembers the keys of a list, and of the object that it has become. */
export function rememberKeys(list: readonly KeyValue[], object: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(object)
  // A key that is there twice, or is an integer, which objects have first, or the name of the prototype.
  if (keys.length > MOST_KEYS || keys.length !== list.length || Object.hasOwn(object, '__proto__')) return
  if (keys.some((key, at) => key !== list[at]?.key) || keys.join('').length > MOST_TEXT) return
  known[keys.length] = { keys, blank: Object.fromEntries(keys.map((key) => [key, null])) }
}
