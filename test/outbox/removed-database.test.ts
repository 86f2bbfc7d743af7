import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

it.each([
  ['goes on', 'stay', {}],
  ['ends', 'end', LATE],
  ['ends by process.exit()', 'exit', LATE],
])(
  'an agent that removes its database before a change is delivered, and %s, is told once that the change is gone',
  async (_, how, env) => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const warned = { ...env, OTEL_LOG_LEVEL: 'warn' }
    const agent = folder.start(receiver.url, [how], warned, 'test/agents/removed.mjs', true)
    let said = ''
    agent.child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    await agent.prints('removed')
    await expect.poll(() => said, { timeout: 50_000 }).toContain('goaltrace')
    agent.child.stdin?.end()
    const { code, stderr } = await agent.ended
    expect([code, receiver.logs]).toEqual([0, []])
    expect(stderr).toMatch(
      /^goaltrace: changes of goals that were not delivered are gone with .*goals\.db, which is removed\n$/,
    )
    expect(existsSync(`${folder.file}-folder`)).toBe(false)
  },
)
