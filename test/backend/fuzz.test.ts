import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fuzz } from '../../scripts/fuzz/run.ts'
import { scratchFolder } from './running-backend.ts'

// `npm run fuzz` gives ten times as many.
it('random and broken inputs do not harm the backend', { timeout: 300_000 }, async () => {
  const report = await fuzz(join(scratchFolder(), 'backend.db'), 10_000, 1)
  expect([report.failures, report.troubles]).toEqual([[], []])
  expect(report.heap[1] - report.heap[0]).toBeLessThan(20e6)
  // Bad inputs are good ones with an edit: many are still taken, and many are not.
  expect(report.stored).toBeGreaterThan(1000)
  expect(report.statuses['400']).toBeGreaterThan(1000)
})
