import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainObject } from '../../src/otlp/any-value.ts'

/** As few keys as make lists alike that are not the same: an integer comes first in an object, `__proto__` is assigned. */
const KEYS = ['a', 'b', 'c', '1', '__proto__', 'constructor', '']

const attributes = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.integer({ min: 0, max: 9 })), { maxLength: 4 })

it('attributes are what their list has, whatever lists of its length came before', () => {
  fc.assert(
    fc.property(fc.array(attributes, { minLength: 1, maxLength: 30 }), (lists) => {
      for (const list of lists) {
        const read = plainObject(
          list.map(([key, value]) => ({ key, value: { intValue: value } })),
          'attributes',
        )
        // Of two with one key the last counts, at the place of the first.
        expect(Object.entries(read)).toEqual(Object.entries(Object.fromEntries(list)))
      }
    }),
    { numRuns: 2000 },
  )
})

it('attributes of which none has the other’s values', () => {
  const read = (a: string | null, b: number) =>
    plainObject(
      [
        { key: 'a', value: a === null ? null : { stringValue: a } },
        { key: 'b', value: { intValue: b } },
      ],
      'attributes',
    )
  // The keys of the first are remembered: the others are made by them.
  const all = [read('one', 1), read('two', 2), read(null, 3)]
  expect(all).toEqual([
    { a: 'one', b: 1 },
    { a: 'two', b: 2 },
    { a: null, b: 3 },
  ])
})
