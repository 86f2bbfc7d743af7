/** A whole number with a comma before each three digits; any other as it is. Intl would do it with 5 MB of ICU's data in memory. */
export function withCommas(count: number | bigint): string {
  return String(count).replace(/(?<=^-?\d+)(?=(?:\d{3})+$)/g, ',')
}

/** `1 change`, `2,000 changes`. */
export function counted(count: number, what: string): string {
  return `${withCommas(count)} ${what}${count === 1 ? '' : 's'}`
}
