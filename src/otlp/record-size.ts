import type { AnyValue, KeyValue } from './values.ts'

/** Bytes; see transform/check in collector/config.yaml for why there is a limit at all. */
export const LARGEST = 262_144
/** Size of values that JSON does not make longer: numbers, booleans and null. */
const LONGEST_SCALAR = 32
/** A character of a text is at most so many bytes: `\u0001`. */
const LONGEST_CHARACTER = 6

/**
 * Whether the Collector refuses a record for its size, which it measures as the length of its attributes in the JSON of
 * github.com/goccy/go-json. Here the same is measured, so that a record is refused without a Collector as with one.
 */
export function isTooLarge(attributes: readonly KeyValue[], resource: readonly KeyValue[]): boolean {
  // Hardly any is near it, and a bound is found at a twentieth of the time.
  if (boundOf(attributes) + boundOf(resource) <= LARGEST) return false
  return mapSize(attributes) + mapSize(resource) > LARGEST
}

function boundOf(attributes: readonly KeyValue[]): number {
  let bound = 2
  for (const { key, value } of attributes) {
    if (value?.arrayValue || value?.kvlistValue) return Number.POSITIVE_INFINITY
    const length = value?.stringValue?.length ?? value?.bytesValue?.length
    bound += LONGEST_CHARACTER * (key.length + (length ?? LONGEST_SCALAR)) + 6
  }
  return bound
}

function mapSize(attributes: readonly KeyValue[]): number {
  return listSize(attributes.map(({ key, value }) => textSize(key) + 1 + valueSize(value)))
}

function valueSize(value: AnyValue | undefined): number {
  if (value?.stringValue != null) return textSize(value.stringValue)
  if (value?.bytesValue != null) return value.bytesValue.length + 2
  if (value?.kvlistValue) return mapSize(value.kvlistValue.values ?? [])
  if (value?.arrayValue) return listSize((value.arrayValue.values ?? []).map(valueSize))
  // An exponent has two digits at least.
  if (value?.doubleValue != null) return String(value.doubleValue).replace(/e-(?=\d$)/, 'e-0').length
  return String(value?.boolValue ?? value?.intValue ?? null).length
}

/** In brackets, with commas between. */
function listSize(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, Math.max(2, sizes.length + 1))
}

/** What HTML and JavaScript could stumble on is escaped, too, and two characters have no short form. */
function textSize(text: string): number {
  const more = (characters: RegExp, bytes: number) => (text.match(characters)?.length ?? 0) * bytes
  return Buffer.byteLength(JSON.stringify(text)) + more(/[<>&]/g, 5) + more(/[\u2028\u2029]/g, 3) + more(/[\b\f]/g, 4)
}
