/** What may leave the reader of a file that holds a conversation. */

/** Ids, versions and names of programs: short, and on one line. */
export function name(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value) ? value : undefined
}

/** One of Codex's own words, such as `usage_limit_exceeded`. */
export function word(value: unknown): string | null {
  return typeof value === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(value) ? value : null
}

/** An object's members; none of what is not one. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

/** @throws {SyntaxError} that quotes nothing, as JSON.parse does. */
export function parsedLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError('the line is not JSON')
  }
}
