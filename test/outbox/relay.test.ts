import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

const SCHEMA = readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goaltrace-relay-'))
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

/** A goal on a file, observed, and delivered by the real exporter. Tries once, so that a test sees each failure. */
function observed(receiver: Receiver, file = join(folder, 'goals.sqlite'), resource = {}) {
  const database = new Database(file)
  onTestFinished(() => void database.close())
  database.pragma('journal_mode = WAL')
  if (!database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'thread_goals'`).get()) database.exec(SCHEMA)
  const exporter = new OTLPLogExporter({ url: `${receiver.url}/v1/logs`, timeoutMillis: 500 })
  const observation = observeGoals(database, { exporter, resource })
  const take = database.prepare(
    `INSERT OR REPLACE INTO thread_goals VALUES (?, 'goal', 'Objective', 'active', NULL, 0, 0, 0, 0)`,
  )
  const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
  return { database, observation, take, spend, file }
}

const waiting = (database: Database.Database) =>
  database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()

describe('a receiver that is down, refuses or cuts the connection', () => {
  it.each(['cut', 429, 503, 500, 401] as const)('%s: nothing is lost, and nothing comes twice', async (mood) => {
    const receiver = await Receiver.start()
    const { observation, take, spend } = observed(receiver)
    take.run('t')
    receiver.mood = mood
    for (let n = 0; n < 10; n++) spend.run('t')
    await expect(observation.flush()).rejects.toThrow()
    receiver.mood = 'ok'
    spend.run('t')
    await observation.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.usage.tokens'])).toEqual([...Array(12).keys()])
    expect(new Set(receiver.uids).size).toBe(12)
  })
})

describe('a burst', () => {
  it('of 20,000 changes in one tick arrives whole and in order', async () => {
    const receiver = await Receiver.start()
    const { database, observation, take, spend } = observed(receiver)
    take.run('t')
    database.transaction(() => {
      for (let n = 0; n < 20_000; n++) spend.run('t')
    })()
    await observation.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.usage.tokens'])).toEqual([
      ...Array(20_001).keys(),
    ])
  })
})

describe('delivered rows', () => {
  it('leave the outbox with the mutations that follow, all but the last', async () => {
    const receiver = await Receiver.start()
    const { database, observation, take, spend } = observed(receiver)
    take.run('t')
    for (let n = 0; n < 100; n++) spend.run('t')
    expect(waiting(database)).toBe(101)
    await observation.flush()
    // One of eight mutations takes them.
    for (let n = 0; n < 8; n++) spend.run('t')
    expect(waiting(database)).toBeLessThanOrEqual(9)
    await observation.flush()
    expect(receiver.logs).toHaveLength(109)
  })

  it('leave step by step after a long outage, so that no mutation pays for all of them', async () => {
    const receiver = await Receiver.start()
    const { database, observation, take, spend } = observed(receiver)
    take.run('t')
    for (let n = 0; n < 1000; n++) spend.run('t')
    await observation.flush()
    for (let n = 0; n < 8; n++) spend.run('t')
    expect(waiting(database)).toBeGreaterThan(700)
    for (let n = 0; n < 80; n++) spend.run('t')
    expect(waiting(database)).toBeLessThanOrEqual(89)
  })

  it('leave with the mutations that follow where each of these writes two rows', async () => {
    const receiver = await Receiver.start()
    const file = join(folder, 'pairs.sqlite')
    const before = new Database(file)
    before.exec(SCHEMA.replace('goal_id TEXT NOT NULL', 'goal_id TEXT NOT NULL UNIQUE'))
    before.close()
    const { database, observation } = observed(receiver, file)
    const put = database.prepare(
      `INSERT OR REPLACE INTO thread_goals VALUES ('t' || ?, 'g' || ?, 'Objective', 'active', NULL, 0, 0, 0, 0)`,
    )
    for (let n = 0; n < 100; n++) put.run(n, n)
    await observation.flush()
    // Each takes the thread of one goal and the id of the next one, which is gone.
    for (let n = 0; n < 16; n += 2) put.run(n, n + 1)
    expect(waiting(database)).toBeLessThanOrEqual(18)
    await observation.flush()
    expect(receiver.logs).toHaveLength(116)
  })

  it('that a transaction takes away come back with its rollback, and are not delivered again', async () => {
    const receiver = await Receiver.start()
    const { database, observation, take, spend } = observed(receiver)
    take.run('t')
    await observation.flush()
    database.exec('BEGIN')
    spend.run('t')
    database.exec('ROLLBACK')
    spend.run('t')
    await observation.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['agent_goal.usage.tokens'])).toEqual([0, 1])
  })
})

describe('a database that is not the one which the checkpoint is about', () => {
  it('recreated at the same path: all of it is delivered', async () => {
    const receiver = await Receiver.start()
    const first = observed(receiver)
    for (const thread of ['a', 'b', 'c']) first.take.run(thread)
    await first.observation.flush()
    first.database.close()
    rmSync(first.file)
    const second = observed(receiver)
    second.take.run('new')
    await second.observation.flush()
    expect(receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])).toEqual(['a', 'b', 'c', 'new'])
  })

  it('restored from a backup: what came after the backup is delivered, under its own uids', async () => {
    const receiver = await Receiver.start()
    const first = observed(receiver)
    first.take.run('a')
    await first.observation.flush()
    first.database.close()
    copyFileSync(first.file, `${first.file}.backup`)
    const later = observed(receiver)
    later.take.run('lost')
    await later.observation.flush()
    later.database.close()
    copyFileSync(`${first.file}.backup`, first.file)
    const restored = observed(receiver)
    restored.take.run('b')
    await restored.observation.flush()
    expect(new Set(receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id']))).toEqual(
      new Set(['a', 'lost', 'b']),
    )
  })
})

describe('a database that is restored while what it had delivered is known', () => {
  it('loses nothing of the burst that follows, though its rows have numbers that were delivered before', async () => {
    const receiver = await Receiver.start()
    const first = observed(receiver)
    for (const thread of ['a', 'b']) first.take.run(thread)
    await first.observation.flush()
    first.database.close()
    copyFileSync(first.file, `${first.file}.backup`)
    const later = observed(receiver)
    for (const thread of ['c', 'd', 'e', 'f']) later.take.run(thread)
    await later.observation.flush()
    later.database.close()
    copyFileSync(`${first.file}.backup`, first.file)
    const restored = observed(receiver)
    const burst = Array.from({ length: 20 }, (_, n) => `restored ${n}`)
    for (const thread of burst) restored.take.run(thread)
    await restored.observation.flush()
    const threads = receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])
    expect(threads).toEqual(expect.arrayContaining(burst))
  })
})

describe('a transaction that is still open when the relay looks', () => {
  it('is delivered after its commit without another mutation', async () => {
    process.env.OTEL_BLRP_SCHEDULE_DELAY = '10'
    onTestFinished(() => {
      delete process.env.OTEL_BLRP_SCHEDULE_DELAY
    })
    const receiver = await Receiver.start()
    const { database, take } = observed(receiver)
    database.exec('BEGIN')
    take.run('t')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(receiver.logs).toHaveLength(0)
    database.exec('COMMIT')
    await expect.poll(() => receiver.logs.length, { timeout: 5000 }).toBe(1)
  })
})

describe('flush() while the relay is at it', () => {
  it('waits for its turn, and nothing comes twice', async () => {
    const receiver = await Receiver.start()
    const { observation, take } = observed(receiver)
    for (let n = 0; n < 1500; n++) take.run(`t${n}`)
    await Promise.all([observation.flush(), observation.flush(), observation.flush()])
    expect(receiver.logs).toHaveLength(1500)
  })
})

describe('a database in memory', () => {
  it('is delivered too, read on its own connection', async () => {
    const receiver = await Receiver.start()
    const { observation, take, spend } = observed(receiver, ':memory:')
    take.run('t')
    spend.run('t')
    await observation.flush()
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual([
      'agent_goal.created',
      'agent_goal.usage_accounted',
    ])
  })
})

describe('a database that is opened by another name than its path', () => {
  it('by a link: it has one relay and one checkpoint, and nothing comes twice', async () => {
    const receiver = await Receiver.start()
    const first = observed(receiver)
    symlinkSync(first.file, join(folder, 'link.sqlite'))
    const second = observed(receiver, join(folder, 'link.sqlite'))
    first.take.run('a')
    second.take.run('b')
    await Promise.all([first.observation.flush(), second.observation.flush()])
    expect(receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])).toEqual(['a', 'b'])
  })
})

describe('a database whose sender is another one than before', () => {
  it('recreated in the same process: its records say who sends now', async () => {
    const receiver = await Receiver.start()
    const first = observed(receiver)
    first.take.run('a')
    await first.observation.flush()
    first.database.close()
    rmSync(first.file)
    const second = observed(receiver, first.file, { 'service.version': '2' })
    second.take.run('b')
    await second.observation.flush()
    expect(receiver.logs.map(({ resource }) => resource['service.version'])).toEqual(['unknown', '2'])
  })
})

describe('two agents on one database', () => {
  it('lose nothing and double nothing', async () => {
    const receiver = await Receiver.start()
    const agents = new AgentFolder()
    // Who switches a new file to WAL may find it locked, with goaltrace or without.
    await agents.run(receiver.url, [0, 'end'])
    const runs = [1, 2].map(() => agents.start(receiver.url, [300, 'stay', 2]))
    await Promise.all(runs.map(({ prints }) => prints('committed')))
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(agents.committed())
    for (const { child } of runs) child.kill('SIGKILL')
    expect(receiver.uids).toHaveLength(603)
  })
})
