import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

const PLANS = `CREATE TABLE plans (id TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL DEFAULT 'pending')`
const LONG = { timeout: 50_000 }

async function place() {
  const folder = scratchFolder()
  const receiver = await Receiver.start()
  const agent = (name: string, schema = '') => {
    const database = new Database(join(folder, name))
    onTestFinished(() => void database.close())
    database.pragma('journal_mode = WAL')
    database.exec(schema)
    return database
  }
  const watch = (...args: string[]) => watching(args, folder, receiver)
  const arrived = async (count: number) => {
    await expect.poll(() => receiver.logs.length, LONG).toBe(count)
    return receiver.logs.map(({ eventName, attributes: of }) =>
      [eventName.slice(11), of['agent_goal.id'], of['agent_goal.status'], of['agent_goal.source']].join(' '),
    )
  }
  return { folder, agent, watch, arrived, receiver, config: join(folder, 'goaltrace.config.json') }
}

it('a table that nothing maps is proposed, and nothing is written', async () => {
  const { agent, watch, config } = await place()
  agent('a.db', `${PLANS}; INSERT INTO plans (id, status) VALUES ('p', 'parked')`)
  const running = await watch('a.db')
  const { err, code } = await running.end()
  expect(code).toBe(0)
  expect(err).toContain('a.db (plans): looks like a table of goals but is not mapped')
  expect(err).toContain('`goaltrace watch --map a.db` saves this mapping in goaltrace.config.json')
  expect(err).toContain('plans: columns {"goalId":"id","status":"status","objective":"title"}')
  expect(existsSync(config)).toBe(false)
})

it('--map writes the mapping and goes on with it, --objectives records what goals say, and the next start needs neither', async () => {
  const { agent, watch, arrived, receiver, config } = await place()
  const database = agent('a.db', PLANS)
  const first = await watch('--map', '--objectives', 'a.db')
  database.exec(`INSERT INTO plans (id, title) VALUES ('p', 'Sort the attic')`)
  expect(await arrived(1)).toEqual(['created p active reported'])
  expect(receiver.logs[0]?.attributes['agent_goal.objective']).toBe('Sort the attic')
  const { err } = await first.end()
  expect(err).toContain('a.db (plans): mapped in goaltrace.config.json, a new file; check it once')
  expect(JSON.parse(readFileSync(config, 'utf8')).tables).toHaveLength(1)
  const second = await watch('a.db')
  database.exec(`UPDATE plans SET status = 'completed'`)
  expect(await arrived(2)).toContain('status_changed p complete reported')
  expect(await second.end()).toMatchObject({ code: 0 })
})

it('a table of goals that is made while its file is watched is mapped, and its first goal reported', async () => {
  const { agent, watch, arrived } = await place()
  const database = agent('a.db')
  const running = await watch('--map', 'a.db')
  database.exec(`BEGIN; ${PLANS}; INSERT INTO plans (id) VALUES ('p'); COMMIT`)
  expect(await arrived(1)).toEqual(['created p active inferred'])
  database.exec(`UPDATE plans SET status = 'completed'`)
  expect(await arrived(2)).toContain('status_changed p complete reported')
  expect(await running.end()).toMatchObject({ code: 0 })
})

it('a file that maps one more table, of another database, loses no change of this one', async () => {
  const { agent, watch, arrived, config } = await place()
  const database = agent('a.db', `${PLANS}; INSERT INTO plans (id) VALUES ('p')`)
  await (await watch('--map', 'a.db')).end()
  database.exec(`UPDATE plans SET status = 'completed'`)
  const tables = JSON.parse(readFileSync(config, 'utf8')).tables
  const more = { table: 'errands', columns: { goalId: 'id', status: 'status' }, statuses: { open: 'active' } }
  writeFileSync(config, JSON.stringify({ tables: [...tables, more] }))
  const running = await watch('a.db')
  expect(await arrived(1)).toEqual(['status_changed p complete reported'])
  expect(await running.end()).toMatchObject({ code: 0, err: '' })
})

it('a database without tables says that any table of goals is waited for, or which one where none is to be mapped', async () => {
  const { agent, watch } = await place()
  agent('a.db', 'CREATE TABLE notes (text TEXT)')
  const waits = async (...args: string[]) => (await (await watch('a.db', ...args)).end()).out
  expect(await waits('--map')).toContain('it has no table of goals yet')
  expect(await waits()).toContain('it has no table thread_goals yet')
})
