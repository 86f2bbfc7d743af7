import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clock, compact, day, exact, hour, moment, percent } from '../../src/page/lib/format.ts'

/** What the page prints without Intl is what Intl prints. */
describe('numbers and times of the page', () => {
  it('have every digit, in groups', () => {
    const format = new Intl.NumberFormat('en')
    fc.assert(fc.property(fc.maxSafeInteger(), (count) => exact(count) === format.format(count)))
    fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (count) => exact(count) === format.format(count)))
    expect([0.625, 1234.5678, -0.5, 1e6 + 0.001, 0.1 + 0.2, 5e-324].map((count) => exact(count))).toEqual([
      '0.625',
      '1,234.568',
      '-0.5',
      '1,000,000.001',
      '0.3',
      '0',
    ])
    expect(exact(1e21)).toBe('1,000,000,000,000,000,000,000')
  })

  it('have three digits where there is no room', () => {
    const format = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
    const most = 999_000_000_000_000
    // Halves of the third digit are few, and where they could go wrong.
    const half = fc.tuple(fc.integer({ min: 100, max: 998 }), fc.integer({ min: 1, max: 12 }))
    const halves = half.map(([digits, zeros]) => (10 * digits + 5) * 10 ** (zeros - 1))
    const counts = fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: most }), halves)
    fc.assert(
      fc.property(counts, (count) => compact(count) === format.format(count)),
      { numRuns: 5000 },
    )
    expect([999, 999_400, 999_600, 1.2e9, 9.99e12].map(compact)).toEqual(['999', '999K', '1M', '1.2B', '9.99T'])
    expect(compact(2n ** 63n)).toBe('9,220,000T')
    expect([0.5, 0.999, 1, 12.4].map(percent)).toEqual(['50%', '99%', '100%', '1,240%'])
  })

  it('are in the zone of the reader', () => {
    const second = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })
    const year = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
    const past = fc.integer({ min: 0, max: Date.parse('2025-12-01') })
    fc.assert(
      fc.property(past, (at) => {
        expect(clock(at)).toBe(second.format(at))
        expect(day(at)).toBe(year.format(at))
        expect(moment(at)).toBe(`${year.format(at)}, ${second.format(at)}`)
        expect(hour(at)).toBe(second.format(at).slice(0, 5))
      }),
    )
    expect(day(Date.now())).not.toContain(',')
  })
})
