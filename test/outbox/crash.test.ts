import { expect, it } from 'vitest'
import { crash } from '../../bench/crash.ts'

it('an agent that is killed again and again, its backend down a third of the time, loses and doubles nothing', async () => {
  const count = await crash(6, 500)
  expect(count.committed).toBeGreaterThan(100)
  expect(count).toMatchObject({ stored: count.committed, lost: 0, doubled: 0, extra: 0 })
  expect(count.downShare).toBeGreaterThan(0.1)
}, 120_000)
