/**
 * Spans of goals' traces that no receiver has taken yet are kept among the open goals, by keys that no goal has: a table's name,
 * with which those begin, has no zero in it.
 */
const FIRST = '\0'
/** The first key after them. */
export const AFTER_UNSENT = '\u0001'

export function unsentKey(spanId: string): string {
  return FIRST + spanId
}

export function isUnsent([key]: readonly [key: string, ...unknown[]]): boolean {
  return key.startsWith(FIRST)
}
