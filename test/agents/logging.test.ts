import { expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { expectTheSame } from './both.ts'

it('an agent that prints what better-sqlite3 runs, by `verbose: console.log`, prints nothing of goaltrace', async () => {
  const receiver = await Receiver.start()
  const { end } = await expectTheSame(receiver.url, { script: 'logging.mjs' })
  expect(end.stdout).toContain('UPDATE thread_goals')
  // Of four connections: a goal taken on, its usage, and its end.
  expect(receiver.logs).toHaveLength(12)
})

it('an agent that is run with DEBUG=* reads nothing of what goaltrace looks at', async () => {
  const receiver = await Receiver.start()
  const { end } = await expectTheSame(receiver.url, { env: { DEBUG: '*' } })
  expect(end.stderr).toBe('')
  expect(receiver.logs).not.toEqual([])
})
