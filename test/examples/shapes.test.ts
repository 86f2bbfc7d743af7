import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'
import { drizzleKitPush } from './drizzle-kit.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

/** What the example in a folder reports, its goals numbered in order of appearance. */
async function reportOf(shape: string, agent = 'agent.mjs', file?: string): Promise<string[]> {
  const receiver = await Receiver.start()
  const folder = scratchFolder()
  const args = ['--import', 'goaltrace/register', agent, file ?? join(folder, 'goals.db')]
  const { OTEL_RESOURCE_ATTRIBUTES: _, NODE_OPTIONS: __, ...env } = process.env
  const child = spawn(process.execPath, args, {
    cwd: join(EXAMPLES, shape),
    env: {
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      GOALTRACE_STATE_DIR: folder,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(said).toBe('')
  const goals: unknown[] = []
  return receiver.logs.map(({ eventName, attributes: of }) => {
    const id = of['agent_goal.id']
    if (!goals.includes(id)) goals.push(id)
    const tokens = of['agent_goal.usage.tokens']
    const line = [eventName.replace('agent_goal.', ''), goals.indexOf(id) + 1, of['agent_goal.status']]
    return [...line, ...(tokens === undefined ? [] : [tokens])].join(' ')
  })
}

it('its own table, with better-sqlite3', async () => {
  expect(await reportOf('own-table')).toEqual([
    ...[1, 2, 3].map((goal) => `created ${goal} active`),
    'status_changed 1 complete',
    'cleared 2 active',
    'cleared 3 active',
  ])
})

it('a goal repository with a primary goal, with Kysely', async () => {
  expect(await reportOf('primary-goal')).toEqual([
    ...[1, 2, 3].map((goal) => `created ${goal} active`),
    'status_changed 2 complete',
    'cleared 3 active',
    'cleared 1 active',
  ])
})

it('soft deletes, with Drizzle', async () => {
  const file = join(scratchFolder(), 'goals.db')
  await drizzleKitPush(join(EXAMPLES, 'soft-delete'), file)
  expect(await reportOf('soft-delete', 'agent.js', file)).toEqual([
    ...[1, 2, 3].map((goal) => `created ${goal} paused`),
    'status_changed 1 active',
    'status_changed 1 complete',
    'cleared 3 paused',
    'cleared 2 paused',
    'created 2 paused',
  ])
})

it('usage in another table, with Knex', async () => {
  expect(await reportOf('usage-table')).toEqual([
    'created 1 active 0',
    'created 2 active 0',
    'usage_accounted 1 active 4200',
    'usage_accounted 2 active 800',
    'usage_accounted 1 active 10300',
    'status_changed 1 budget_limited 10300',
    'status_changed 2 complete 800',
  ])
})

it('Codex’s table, with node:sqlite', async () => {
  expect(await reportOf('node-sqlite')).toEqual([
    'created 1 active 0',
    'usage_accounted 1 active 1200',
    'usage_accounted 1 active 2000',
    'status_changed 1 complete 2000',
  ])
})
