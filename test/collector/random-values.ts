import fc from 'fast-check'
import type { AnyValue, KeyValue } from '../../src/otlp/values.ts'

export type Values = Partial<Record<string, AnyValue>>

const text = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, unit: 'grapheme' }),
  // Any code point but half surrogate pairs, which no UTF-8 can carry.
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom(
    '"',
    "'",
    '\\',
    `$\{env:HOME}`,
    '$$',
    '<b>&',
    '{"a": null}',
    'null',
    'constructor',
    '__proto__',
    '\n',
  ),
)
const integer = fc.oneof(fc.nat(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constant(2n ** 53n + 1n))

export const aString = text.map((stringValue): AnyValue => ({ stringValue }))
export const aBoolean = fc.boolean().map((boolValue): AnyValue => ({ boolValue }))
const anInteger = integer.map((value): AnyValue => ({ intValue: String(value) }))

/** Usage may have a fraction, which the payload has not; what is beyond 64 bits has no whole number there. */
export const aNumber = fc.oneof(
  anInteger,
  fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constantFrom(0.625, -0.5, -0, 0.1 + 0.2, 12.999, 5e-324, 2 ** 53 + 2, 2 ** 63, -(2 ** 63), 2 ** 63 - 1024),
    )
    .map((doubleValue): AnyValue => ({ doubleValue })),
  fc.constantFrom<AnyValue>({ doubleValue: 'NaN' }, { doubleValue: '-Infinity' }, { doubleValue: '12.5' }),
)

/** Values of every type, empty ones and none. */
export const anything = fc.oneof(
  aString,
  aBoolean,
  anInteger,
  fc.integer().map((intValue): AnyValue => ({ intValue })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue): AnyValue => ({ doubleValue })),
  fc.constantFrom<AnyValue>(
    {},
    { stringValue: '' },
    { doubleValue: 7 },
    { bytesValue: 'AAEC' },
    { bytesValue: '' },
    { arrayValue: {} },
    { arrayValue: { values: [{ stringValue: 'active' }] } },
    { kvlistValue: {} },
    { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } },
  ),
)

export function keyValues(values: Values): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}
