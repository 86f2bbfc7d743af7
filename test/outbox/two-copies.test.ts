import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const AGENT = `
  import { createRequire } from 'node:module'
  import Database from 'better-sqlite3'
  import * as imported from 'goaltrace'
  const required = createRequire(import.meta.url)('goaltrace')
  for (const { observeGoals } of [imported, required]) {
    const database = new Database(':memory:')
    database.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY, goal_id TEXT, objective TEXT, status TEXT)')
    observeGoals(database)
  }
  process.on('exit', () => console.log('ended'))`

it('an agent that loads goaltrace by import and by require comes to its end', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', AGENT], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal, stdout]).toEqual([0, null, 'ended\n'])
})
