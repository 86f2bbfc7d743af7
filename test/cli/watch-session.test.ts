import { expect, it, onTestFinished, vi } from 'vitest'
import { inTime } from '../../src/cli/lib/watch-session.ts'

it('deliveries that are made leave no timer, which would keep the process', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  await inTime([Promise.resolve(), Promise.reject(new Error('refused'))])
  expect(vi.getTimerCount()).toBe(0)
})

it('a delivery that hangs is waited for two seconds', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const ended = inTime([new Promise(() => {})])
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(2000)
  await ended
})
