import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('the example with its own store reports what its methods change', async () => {
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
