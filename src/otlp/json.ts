/** JSON that keeps integers beyond 2^53 exact: they are bigints here and plain integers on the wire. */

const MAY_HOLD_BIG_INTEGER = /[[:,]\s*-?\d{16}/

/**
 * @throws {SyntaxError} for what is not JSON. On Node 20, which hides a number's source text from revivers, an integer
 * beyond 2^53 stays a number that is not a safe integer, for the caller to refuse.
 */
export function parseJson(text: string): unknown {
  // A reviver visits every value, so only texts that may need one pay for it.
  return MAY_HOLD_BIG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text)
}

function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

export function printJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // JSON.rawJSON would print bigints too, and is not in Node 20.
    if (error instanceof TypeError) return printExactly(value)
    throw error
  }
}

function printExactly(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(printExactly).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${printExactly(member)}`).join(',')}}`
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
