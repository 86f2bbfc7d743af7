import type { AnyValue, KeyValue } from './values.ts'

/** undefined where the attribute is absent or has no value, which is what the Collector's nil means too. */
export function presentValue(attributes: readonly KeyValue[], name: string): AnyValue | undefined {
  // Where a key is there twice, which OTLP forbids, the Collector takes the first. To look along a dozen is faster than
  // to make a map of them, once a record.
  for (const { key, value } of attributes) {
    if (key === name) return value && value.bytesValue !== '' && hasValue(value) ? value : undefined
  }
  return undefined
}

function hasValue(value: AnyValue): boolean {
  for (const type in value) if (value[type as keyof AnyValue] != null) return true
  return false
}
