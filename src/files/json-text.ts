import { isUtf8 } from 'node:buffer'

/** The parsed value, or what is wrong, worded to follow `it is`. */
export type JsonText = { readonly value: unknown } | { readonly fault: string }

/** Levels of nesting. JSON.parse takes some hundred bytes a level, which a hostile text of megabytes multiplies. */
const DEEPEST = 1000
const LARGE_BYTES = 1 << 20
const [QUOTE, BACKSLASH] = [34, 92]
const OPENING = new Set([...'[{'].map((one) => one.charCodeAt(0)))
const CLOSING = new Set([...']}'].map((one) => one.charCodeAt(0)))

export function readJson(bytes: Buffer): JsonText {
  if (!isUtf8(bytes)) return { fault: 'not UTF-8' }
  if (bytes.length > LARGE_BYTES && isDeep(bytes)) return { fault: `nested more than ${DEEPEST} times` }
  try {
    return { value: JSON.parse(bytes.toString().replace(/^\uFEFF/, '')) }
  } catch {
    return { fault: 'not valid JSON' }
  }
}

function isDeep(bytes: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) at = endOfText(bytes, at)
    else if (OPENING.has(byte)) depth++
    else if (CLOSING.has(byte)) depth--
    if (depth > DEEPEST) return true
  }
  return false
}

/** The place of the quote that ends a text, or of the last byte. */
function endOfText(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1)
  while (end > 0 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1)
  return end < 0 ? bytes.length : end
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let before = at - 1
  while (bytes[before] === BACKSLASH) before--
  return (at - before) % 2 === 0
}
