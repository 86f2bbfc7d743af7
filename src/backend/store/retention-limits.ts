/** How much is kept; without limits, everything. */
export interface Limits {
  /** Milliseconds since an event arrived, or since a span began. */
  readonly age?: number | undefined
  /** Bytes of the database file; approximate, since it is checked every second. */
  readonly size?: number | undefined
}

/** What lies beyond the limits, in the words of the command line: `older than 90d, or beyond 2GB`. */
export function beyond({ age, size }: Limits): string {
  const old = age === undefined ? '' : `older than ${timeText(age)}`
  const large = size === undefined ? '' : `beyond ${sizeText(size)}`
  return [old, large].filter((limit) => limit !== '').join(', or ')
}

/** As `--retention` takes it: 36h, 90d. */
function timeText(ms: number): string {
  return ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : `${ms / 3_600_000}h`
}

/** As `--max-size` takes it: 500MB, 2GB. */
function sizeText(bytes: number): string {
  return bytes % 1e9 === 0 ? `${bytes / 1e9}GB` : `${bytes / 1e6}MB`
}
