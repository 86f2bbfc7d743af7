import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { fileRelay, relayOf } from '../../src/delivery/relays.ts'
import type { Connection } from '../../src/sqlite/connection.ts'
import { openByAny } from '../../src/sqlite/drivers.ts'
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

it.each([
  ['is gone where it is removed', true, (file: string) => rmSync(file)],
  ['is gone with its folder', true, (file: string) => rmSync(dirname(file), { recursive: true })],
  [
    'is gone where its folder is a file now',
    true,
    (file: string) => {
      rmSync(dirname(file), { recursive: true })
      writeFileSync(dirname(file), '')
    },
  ],
  [
    'is not gone where it cannot be looked at',
    false,
    (file: string) => {
      renameSync(dirname(file), `${dirname(file)}-away`)
      symlinkSync(dirname(file), dirname(file))
    },
  ],
])('a database that was closed %s', (_, gone, change) => {
  const { path } = new AgentFolder()
  process.env.GOALTRACE_STATE_DIR = join(path, 'state')
  const file = join(path, 'mount', 'goals.db')
  mkdirSync(dirname(file))
  const database = new Database(file)
  database.exec('CREATE TABLE t (x)')
  const settings = { defaultToLocalhost: false }
  const relays = [fileRelay(file, openByAny(), settings), relayOf(database as unknown as Connection, settings)]
  database.close()
  expect(relays.map(({ isGone }) => isGone)).toEqual([false, false])
  change(file)
  expect(relays.map(({ isGone }) => isGone)).toEqual([gone, gone])
})
