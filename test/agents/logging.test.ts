import { expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { expectTheSame } from './both.ts'

it('an agent that prints what better-sqlite3 runs, by `verbose: console.log`, prints none of goaltrace’s', async () => {
  const receiver = await Receiver.start()
  const { end } = await expectTheSame(receiver.url, { script: 'logging.mjs' })
  expect(end.stdout).toContain('UPDATE thread_goals')
  // Four connections: a goal is created, its usage accounted, and the goal completed.
  expect(receiver.logs).toHaveLength(12)
})

it('an agent run with DEBUG=* prints nothing about what goaltrace does', async () => {
  const receiver = await Receiver.start()
  const { end } = await expectTheSame(receiver.url, { env: { DEBUG: '*' } })
  expect(end.stderr).toBe('')
  expect(receiver.logs).not.toEqual([])
})
