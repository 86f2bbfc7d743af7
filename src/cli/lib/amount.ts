import { UsageError } from './command.ts'

const TIMES: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const SIZES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 }
/** With less, a file hardly has room for its own tables and a batch. */
const SMALLEST = 10e6

/**
 * Milliseconds.
 * @throws {UsageError} unless it is written like 20m, 36h, 90d or 12w.
 */
export function timeOf(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const time = Number(number) * (TIMES[unit] ?? Number.NaN)
  if (time > 0) return time
  throw new UsageError(
    `${option} ${text} is not a time: give minutes, hours, days or weeks, such as 20m, 36h, 90d or 12w.`,
  )
}

/**
 * Bytes.
 * @throws {UsageError} unless it is written like 500MB or 2GB, and for too little.
 */
export function sizeOf(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([MGT]B)$/i.exec(text) ?? []
  const size = Number(number) * (SIZES[unit.toUpperCase()] ?? Number.NaN)
  if (size >= SMALLEST) return size
  throw new UsageError(`${option} ${text} is not a size: give 10MB or more, such as 500MB or 2GB.`)
}
