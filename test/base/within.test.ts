import { expect, it } from 'vitest'
import { isWithin } from '../../src/base/within.ts'

it.each([
  ['/w/a/b.json', '/w', true],
  ['/wide/b.json', '/w', false],
  ['/w', '/w', false],
  // Where the only state that an agent in a container has may be.
  ['/state.json', '/', true],
])('%s is within %s: %s', (path, folder, is) => {
  expect(isWithin(path, folder)).toBe(is)
})
