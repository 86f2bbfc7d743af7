import type { FileTime, TimeUnit } from '../mapping/goal-files.ts'
import { at } from './json-path.ts'

/** Characters of a name, at the most. */
export const LONGEST_NAME = 1024

/** A name: a text that is neither empty nor too long to be one, or a number. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME ? value : undefined
}

/** A number, or a text that is one; none beyond 64 bits, as no receiver can read it. */
export function number(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Math.abs(number) < 2 ** 63 ? number : undefined
}

/** Of one unit. */
export const MILLISECONDS: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1 }

/** Of a number of this unit, or a date as text. */
export function milliseconds(value: unknown, unit: TimeUnit): number | undefined {
  if (typeof value === 'number') return value * MILLISECONDS[unit]
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** The year 2000: no agent had goals before. */
const EARLIEST = 946_684_800_000
/** Clocks differ, but not by more than a year. */
const LATEST = 366 * 86_400_000

/** Milliseconds since 1970, of a number or a date as text; undefined where it is no time that a goal can be of. */
export function timeIn(value: unknown, time: string | FileTime): number | undefined {
  const [path, unit] = typeof time === 'string' ? [time, 'ms' as const] : [time.at, time.unit]
  const ms = milliseconds(at(value, path), unit)
  return ms !== undefined && ms > EARLIEST && ms < Date.now() + LATEST ? Math.round(ms) : undefined
}
