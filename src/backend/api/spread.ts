import type { Spread } from './api.ts'

/** The sum and the nearest-rank percentiles of values, each null where there are none. */
export function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort()
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
  return { sum: sorted.reduce((sum, value) => sum + value, 0), p50: rank(0.5), p95: rank(0.95) }
}
