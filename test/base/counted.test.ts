import { expect, it } from 'vitest'
import { counted, withCommas } from '../../src/base/counted.ts'

it('numbers have commas as Intl does it', () => {
  const whole = [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 1_234_567_890, -1, -999, -1000, -1_234_567, 2 ** 53 - 1]
  for (const count of whole) expect(withCommas(count)).toBe(count.toLocaleString('en-US'))
  expect(withCommas(12_345_678_901_234_567_890n)).toBe('12,345,678,901,234,567,890')
  expect([1234.5678, Number.NaN, 1e21].map(withCommas)).toEqual(['1234.5678', 'NaN', '1e+21'])
})

it('what is counted has its plural', () => {
  expect([0, 1, 2000].map((count) => counted(count, 'change'))).toEqual(['0 changes', '1 change', '2,000 changes'])
})
