import type { Rule } from './rules.ts'

/**
 * @param operation What the value was given to: a function's name or a file's.
 * @param path Where the value is in what was given; `options` or `content` where it is the whole.
 * @throws {TypeError} where the value, or one within it, does not fit its rule; {RangeError} where it is a number that is
 * out of range. Each message reads `<operation>: <path> <what is wrong>; <what to do>`.
 */
export function check(operation: string, path: string, given: unknown, rule: Rule): void {
  if (!rule.fits(given)) {
    const Fault = typeof given === 'number' && rule.least !== undefined ? RangeError : TypeError
    throw new Fault(`${operation}: ${path} is ${shown(given)}; expected ${rule.expected}`)
  }
  const { fields, required, items, choices } = rule
  const meant = choices?.find((one) => one.fits(given))
  if (meant) check(operation, path, given, meant)
  if (fields) {
    const unknown = rule.open ? undefined : unknownKey(given, rule)
    if (unknown !== undefined) throw new TypeError(`${operation}: ${unknownOf(path, unknown, rule)}`)
    for (const key in fields) {
      const value = (given as Record<string, unknown>)[key]
      if (value !== undefined || required?.includes(key))
        check(operation, joined(path, key), value, fields[key] as Rule)
    }
  }
  if (items) {
    for (const [key, value] of Object.entries(given as object)) {
      check(operation, Array.isArray(given) ? `${path}[${key}]` : joined(path, key), value, items)
    }
  }
  const fault = rule.fault?.(given as never)
  if (fault !== undefined) throw new TypeError(`${operation}: ${path}${fault}`)
}

export function unknownKey(given: unknown, { fields = {} }: Rule): string | undefined {
  return Object.keys(given as object).find((key) => !Object.hasOwn(fields, key))
}

export function unknownOf(path: string, key: string, { fields = {} }: Rule): string {
  return `${joined(path, key)} is unknown; the keys are ${Object.keys(fields).join(', ')}`
}

const WHOLE = ['options', 'content']

const joined = (path: string, key: string) => (WHOLE.includes(path) ? key : `${path}.${key}`)

/** What is in an object is not quoted: an exporter's may be secret. */
function shown(given: unknown): string {
  if (given === undefined) return 'missing'
  if (typeof given === 'function') return 'a function'
  if (Array.isArray(given)) return 'an array'
  if (typeof given === 'object' && given !== null) return 'an object'
  return typeof given === 'string' ? JSON.stringify(given) : String(given)
}
