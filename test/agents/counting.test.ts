import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DRIVERS, deliverRest, expectTheSame } from './both.ts'

/** Maps the agent's own table, Codex's, and one that does not exist. */
function configuration(): string {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-counting-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'goaltrace.config.json')
  const codex = { goalId: 'goal_id', threadId: 'thread_id', status: 'status', tokensUsed: 'tokens_used' }
  const tables = [
    { table: 'goals', columns: { goalId: 'name', status: 'status' } },
    { table: 'thread_goals', columns: codex },
    { table: 'not_there', columns: { goalId: 'id', status: 'status' } },
  ]
  writeFileSync(file, JSON.stringify({ tables }))
  return file
}

describe.each(DRIVERS)('an agent on %s that asks changes() and last_insert_rowid()', (driver) => {
  it.each(['without a configuration', 'where one of its tables is missing'])(
    'writes the rows that it writes without goaltrace: %s',
    async (which) => {
      const receiver = await Receiver.start()
      // Else a line says that nothing maps its other table of goals.
      const quiet = { OTEL_LOG_LEVEL: 'none' }
      const env = which === 'without a configuration' ? quiet : { GOALTRACE_CONFIG: configuration() }
      const { folder } = await expectTheSame(receiver.url, { script: 'counting.mjs', driver, env })
      await deliverRest(receiver, folder)
      expect(receiver.logs.length).toBeGreaterThan(5)
    },
  )
})
