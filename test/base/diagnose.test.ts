import { describe, expect, it } from 'vitest'
import { reason } from '../../src/base/diagnose.ts'

describe('why something failed', () => {
  it('is never blank: a host with several addresses that all refuse says so for each', () => {
    const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:4318`))
    expect(reason(new AggregateError(refused, ''))).toBe(
      'connect ECONNREFUSED ::1:4318, connect ECONNREFUSED 127.0.0.1:4318',
    )
    expect(reason(new TypeError(''))).toBe('TypeError')
  })
})
