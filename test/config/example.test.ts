import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'

it('the example with a table of its own is observed by the goaltrace.config.json beside it', async () => {
  const receiver = await Receiver.start()
  const folder = scratchFolder()
  const agent = spawn(process.execPath, ['--import', 'goaltrace/register', 'agent.mjs', join(folder, 'goals.db')], {
    cwd: fileURLToPath(new URL('../../examples/own-table', import.meta.url)),
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, GOALTRACE_STATE_DIR: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await once(agent, 'close')).toEqual([0, null])
  await expect.poll(() => receiver.logs.length, { timeout: 5000 }).toBe(6)
  expect(receiver.logs.map(({ eventName, attributes }) => `${eventName} ${attributes['agent_goal.id']}`)).toEqual([
    'agent_goal.created report',
    'agent_goal.created slides',
    'agent_goal.created party',
    'agent_goal.status_changed report',
    'agent_goal.cleared slides',
    'agent_goal.cleared party',
  ])
})

it('the example with a store of its own tells what its methods change', async () => {
  const example = fileURLToPath(new URL('../../examples/store.mjs', import.meta.url))
  const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...env } = process.env
  const agent = spawn(process.execPath, [example], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  agent.stdout.on('data', (chunk) => {
    printed += chunk
  })
  expect(await once(agent, 'close')).toEqual([0, null])
  expect(printed.match(/^agent_goal\.\w+/gm)).toEqual([
    'agent_goal.created',
    'agent_goal.usage_accounted',
    'agent_goal.usage_accounted',
    'agent_goal.status_changed',
    'agent_goal.cleared',
  ])
})
