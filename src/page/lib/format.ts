/**
 * Numbers and times as people read them. 64-bit integers come as bigints where a number would round them.
 *
 * Without Intl, whose first use in a page takes a browser 15 to 30 ms, before which no goal could be seen.
 */

type Integer = number | bigint

export const NOTHING = '–'

/** Beyond it a number's own text has no thousandths, and at last an exponent. */
const WITH_FRACTION = 1e12

/** Every digit: 1,204; of a fraction thousandths: 12.625. */
export function exact(count: Integer | null): string {
  if (count === null) return NOTHING
  const digits =
    typeof count === 'number' && Math.abs(count) < WITH_FRACTION
      ? String(+count.toFixed(3))
      : String(BigInt(typeof count === 'bigint' ? count : Math.round(count)))
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

const THOUSANDS = ['', 'K', 'M', 'B', 'T']

/** Three digits: 84.2K. */
export function compact(count: Integer | null): string {
  if (count === null) return NOTHING
  // Rounded while it is an integer: 82.85 is below the half that it stands for.
  let rest = Number(Number(count).toPrecision(3))
  for (const unit of THOUSANDS) {
    if (Math.abs(rest) < 1000) return `${rest}${unit}`
    rest /= 1000
  }
  return `${exact(1000 * rest)}T`
}

export function percent(part: number | null): string {
  if (part === null) return NOTHING
  // What is not all must not look like it.
  return `${exact(Math.round(100 * (part < 1 ? Math.min(part, 0.99) : part)))}%`
}

/** 1 span, 2 spans. */
export function counted(count: number, what: string): string {
  return `${exact(count)} ${what}${count === 1 ? '' : 's'}`
}

/** 34s, 12m 05s, 1h 04m, 3d 02h; below a second, milliseconds and microseconds. */
export function duration(seconds: Integer | null): string {
  if (seconds === null) return NOTHING
  const s = Number(seconds)
  if (s > 0 && s < 0.001) return `${+(s * 1_000_000).toPrecision(2)}µs`
  if (s > 0 && s < 1) return `${+(s * 1000).toPrecision(2)}ms`
  if (s < 60) return `${+s.toFixed(s < 10 ? 1 : 0)}s`
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`
  if (s < 86_400) return `${Math.floor(s / 3600)}h ${two((s % 3600) / 60)}m`
  return `${exact(Math.floor(s / 86_400))}d ${two((s % 86_400) / 3600)}h`
}

function two(count: number): string {
  return String(Math.floor(count)).padStart(2, '0')
}

/** How long ago, as of `now` in milliseconds. A sender's clock may be ahead. */
export function ago(at: string, now: number): string {
  const s = Math.max(0, (now - Date.parse(at)) / 1000)
  if (s < 5) return 'now'
  if (s < 60) return `${Math.floor(s)}s ago`
  if (s < 3600) return `${Math.floor(s / 60)}m ago`
  if (s < 86_400) return `${Math.floor(s / 3600)}h ago`
  if (s < 30 * 86_400) return `${Math.floor(s / 86_400)}d ago`
  return day(at)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Nov 22, and the year where it is another than this one. Like all below in the reader's own zone. */
export function day(at: string | number): string {
  const date = new Date(at)
  const year = date.getFullYear()
  return `${MONTHS[date.getMonth()]} ${date.getDate()}${year === new Date().getFullYear() ? '' : `, ${year}`}`
}

/** 21:24 */
export function hour(at: string | number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** 21:24:03 */
export function clock(at: string | number): string {
  return `${hour(at)}:${two(new Date(at).getSeconds())}`
}

/** Nov 22, 21:24:03 */
export function moment(at: string | number): string {
  return `${day(at)}, ${clock(at)}`
}

/** The beginning of an id that distinguishes it from others: all of a short one, else the first eight. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 8)}…`
}

/** A line of a text that may be a megabyte long: laying out more than can be seen would stop the page. */
export function line(text: string, longest = 240): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
