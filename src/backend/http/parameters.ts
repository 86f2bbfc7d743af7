import { HttpError } from './http-error.ts'

const TIME = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?(?:Z|[+-]\d\d:\d\d))?$/i
/** SQLite's integers in nanoseconds: from 1677 to 2262. */
const LAST = 2n ** 63n - 1n

/** The query of an address, with each parameter checked. */
export class Parameters {
  readonly #query: URLSearchParams

  /**
   * @param names All that may be given: a mistyped name must not be ignored, as if it had been answered.
   * @throws {HttpError} 400 for others.
   */
  constructor(query: URLSearchParams, names: readonly string[]) {
    this.#query = query
    for (const name of query.keys()) {
      if (names.includes(name)) continue
      const known = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`
      throw new HttpError(400, `There is no parameter ${JSON.stringify(name)} here: ${known}.`)
    }
  }

  /** @throws {HttpError} 400 if it is given twice, as do the other methods that read a single value. */
  text(name: string): string | null {
    const [first = null, ...more] = this.#query.getAll(name)
    if (more.length > 0) throw new HttpError(400, `${name} is given ${more.length + 1} times: give it once.`)
    return first
  }

  whole(name: string, least: number, most: number): number | null {
    const given = this.text(name)
    return given === null ? null : whole(name, given, least, most)
  }

  /** A row's cursor: readers know its number as an opaque text. */
  cursor(name: string): number | null {
    const given = this.text(name)
    return given === null ? null : cursor(name, given)
  }

  /** Rows at most. */
  limit(): number {
    return this.whole('limit', 1, 1000) ?? 100
  }

  /** Nanoseconds since 1970. */
  time(name: string): bigint | null {
    const given = this.text(name)
    if (given === null) return null
    // A `+` that was not encoded arrives as a space.
    const [text, day = '', fraction = ''] = TIME.exec(given.replace(' ', '+')) ?? []
    const ms = text === undefined || !isDay(day) ? Number.NaN : Date.parse(text)
    if (Number.isNaN(ms)) {
      throw new HttpError(400, `${quoted(name, given)} is not a time: give one such as 2026-01-31T12:00:00Z.`)
    }
    // A Date has no more than milliseconds.
    const ns = BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(3))
    return ns > LAST ? LAST : ns < -LAST ? -LAST : ns
  }

  /** All values that are given, perhaps none. */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T[] {
    return this.#query.getAll(name).map((given) => {
      const found = allowed.find((one) => one === given)
      if (found === undefined) throw new HttpError(400, `${quoted(name, given)} is not one of ${allowed.join(', ')}.`)
      return found
    })
  }

  /** One of these, or null if it is not given. */
  choice<T extends string>(name: string, allowed: readonly T[]): T | null {
    this.text(name)
    return this.oneOf(name, allowed)[0] ?? null
  }

  flag(name: string): boolean {
    const given = this.text(name)
    if (given === null || given === '0') return false
    if (given === '1') return true
    throw new HttpError(400, `${quoted(name, given)} is neither 0 nor 1.`)
  }
}

/** Date.parse takes February 30 for March 2. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
}

export function cursor(name: string, given: string): number {
  return whole(name, given, 0, Number.MAX_SAFE_INTEGER)
}

function whole(name: string, given: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
  if (number >= least && number <= most) return number
  throw new HttpError(400, `${quoted(name, given)} is not a whole number from ${least} to ${most}.`)
}

function quoted(name: string, given: string): string {
  return `${name}=${given.length > 100 ? `${given.slice(0, 100)}…` : given}`
}
