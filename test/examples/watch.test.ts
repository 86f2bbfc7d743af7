import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { Receiver } from '../receiver.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/watch', import.meta.url))
/** A folder in which `npm i bun @libsql/client` was run; those writers are left out without it. */
const WRITERS = process.env.GOALTRACE_WRITERS ?? ''

const AGENTS = [
  { agent: 'agent.mjs', command: process.execPath },
  { agent: 'agent.py', command: 'python3' },
  { agent: 'agent.sh', command: 'sh', needs: 'sqlite3' },
  { agent: 'agent.bun.mjs', command: join(WRITERS, 'node_modules/.bin/bun') },
  { agent: 'agent.libsql.mjs', command: process.execPath, needs: join(WRITERS, 'node_modules/@libsql/client') },
]

it.each(AGENTS)('$agent is reported from outside', async ({ agent, command, needs = command }) => {
  const isThere = existsSync(needs) || spawnSync(needs, ['--version']).status === 0
  if (!isThere) return
  const folder = scratchFolder()
  const file = join(folder, 'goals.db')
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.close()
  const receiver = await Receiver.start()
  const config = join(EXAMPLE, 'goaltrace.config.json')
  const running = await watching([file], folder, receiver, { GOALTRACE_CONFIG: config })
  const script = withItsPackages(agent)
  const child = spawn(command, [script, file, 'stays'], { stdio: ['pipe', 'inherit', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await expect.poll(() => receiver.logs.length, { timeout: 50_000 }).toBe(4)
  child.stdin.end()
  await once(child, 'close')
  expect(await running.end()).toMatchObject({ code: 0, err: '' })
  const lines = receiver.logs.map(({ eventName, attributes: of }) =>
    [eventName, of['agent_goal.status'], of['agent_goal.usage.tokens'], of['agent_goal.source']].join(' '),
  )
  expect(lines).toEqual([
    'agent_goal.created active 0 reported',
    'agent_goal.usage_accounted active 1200 reported',
    'agent_goal.usage_accounted active 2000 reported',
    'agent_goal.status_changed complete 2000 reported',
  ])
})

/** Where the agent finds what it imports. */
function withItsPackages(agent: string): string {
  const script = join(EXAMPLE, agent)
  if (!agent.includes('libsql')) return script
  const copy = join(WRITERS, agent)
  copyFileSync(script, copy)
  return copy
}
