import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { warnings } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'

const SCHEMA = `CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL,
  status TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goaltrace-delivered-'))
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

/** A connection whose records come into `records`. */
function observed(records: string[], options: Database.Options = {}) {
  const database = new Database(join(folder, 'goals.sqlite'), options)
  onTestFinished(() => void database.close())
  if (!database.readonly) database.exec(SCHEMA)
  const exporter = {
    export(sent: { attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
      for (const { attributes } of sent) records.push(`${attributes['gen_ai.conversation.id']}`)
      done({ code: 0 })
    },
  }
  const observation = observeGoals(database, { exporter })
  const take = (thread: string) =>
    database.prepare(`INSERT INTO thread_goals (thread_id, goal_id, status) VALUES (?, 'g', 'active')`).run(thread)
  return { database, observation, take }
}

const rowsOf = (database: Database.Database) =>
  database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get() as number
const loseState = () => {
  process.env.GOALTRACE_STATE_DIR = mkdtempSync(join(folder, 'state-'))
}

describe('a state directory that does not outlive the process', () => {
  it('repeats nothing where the database was closed', async () => {
    const records: string[] = []
    for (const thread of ['a', 'b', 'c', 'd']) {
      const { database, observation, take } = observed(records)
      take(thread)
      await observation.flush()
      database.close()
      loseState()
    }
    expect(records).toEqual(['a', 'b', 'c', 'd'])
  })

  it('repeats nothing where the agent is killed while it rests', async () => {
    const receiver = await Receiver.start()
    const agent = new AgentFolder()
    for (let run = 1; run <= 3; run++) {
      const env = { GOALTRACE_STATE_DIR: join(agent.path, `state-${run}`) }
      const { child, prints, ended } = agent.start(receiver.url, [100, 'stay'], env)
      await prints('committed')
      const kept = () => String(agent.rows(`SELECT value FROM _goaltrace_state WHERE name = 'delivered'`)[0]?.value)
      await expect.poll(kept, { timeout: 60_000 }).toMatch(`[${run * 101},`)
      child.kill('SIGKILL')
      await ended
    }
    expect(receiver.uids).toHaveLength(agent.committed())
  }, 90_000)

  it('repeats what was delivered last where the agent is killed in the midst of changes', async () => {
    const receiver = await Receiver.start()
    const agent = new AgentFolder()
    for (let run = 0; run < 2; run++) {
      const env = { GOALTRACE_STATE_DIR: join(agent.path, `state-${run}`), OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '20' }
      const { child, prints, ended } = agent.start(receiver.url, [600, 'stay', 1], env)
      // A batch at a time, while it goes on.
      await prints('committed')
      await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(agent.committed())
      child.kill('SIGKILL')
      await ended
    }
    expect(receiver.uids.length).toBeLessThan(agent.committed() + 601)
  }, 60_000)

  it('is made up for by the file, of which the agent sees nothing in changes()', async () => {
    const { database, observation, take } = observed([])
    for (const thread of ['a', 'b', 'c']) take(thread)
    await observation.flush()
    database.prepare('UPDATE thread_goals SET tokens_used = 1').run()
    observation.close()
    expect(database.prepare('SELECT changes(), last_insert_rowid()').raw().get()).toEqual([3, 3])
    expect(rowsOf(database)).toBeLessThanOrEqual(4)
  })

  it('is of no account to a database that was restored: what came after the backup is delivered', async () => {
    const records: string[] = []
    const first = observed(records)
    first.take('a')
    await first.observation.flush()
    first.database.close()
    await new Database(join(folder, 'goals.sqlite')).backup(join(folder, 'backup'))
    const later = observed(records)
    later.take('lost')
    await later.observation.flush()
    later.database.close()
    rmSync(join(folder, 'goals.sqlite'))
    await new Database(join(folder, 'backup')).backup(join(folder, 'goals.sqlite'))
    const restored = observed(records)
    restored.take('b')
    await restored.observation.flush()
    expect(records).toEqual(['a', 'lost', 'b'])
  })
})

describe('an outbox of many short runs', () => {
  it.each([true, false])('does not grow with them, the database closed: %s', async (closes) => {
    const receiver = await Receiver.start()
    const agent = new AgentFolder()
    for (let run = 0; run < 12; run++) {
      await agent.run(receiver.url, [2, closes ? 'close' : 'end'], { OTEL_BLRP_SCHEDULE_DELAY: '1' })
    }
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(36)
    // One of eight rows takes those before it away; three come a run.
    expect(Number(agent.rows('SELECT count(*) AS count FROM _goaltrace_outbox')[0]?.count)).toBeLessThanOrEqual(12)
  })

  it('whose state directory is kept, and nothing else, is trimmed from the first change on', async () => {
    const records: string[] = []
    const first = observed(records)
    for (let n = 0; n < 600; n++) first.take(`t${n}`)
    await first.observation.flush()
    // As after a kill: the file knows nothing of what was delivered at its end.
    first.database.exec(`UPDATE _goaltrace_state SET value = NULL WHERE name = 'delivered'`)
    const second = observed(records)
    for (let n = 0; n < 24; n++) second.take(`u${n}`)
    expect(rowsOf(second.database)).toBeLessThanOrEqual(33)
  })
})

describe('a start that only reads', () => {
  it.each([
    ['reads for a while', {}],
    ['opens it read-only', { readonly: true }],
    ['reads and closes at once', {}],
  ])('delivers what a killed agent has left: %s', async (how, options) => {
    const receiver = await Receiver.start()
    receiver.mood = 503
    const agent = new AgentFolder()
    const { child, prints, ended } = agent.start(receiver.url, [20, 'stay'])
    await prints('committed')
    child.kill('SIGKILL')
    await ended
    receiver.mood = 'ok'
    const closes = how === 'reads and closes at once'
    const reader = agent.start(
      receiver.url,
      [JSON.stringify(options), closes ? 'close' : 'stay'],
      {},
      'test/agents/reading.mjs',
      true,
    )
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(agent.committed())
    reader.child.kill()
    await reader.ended
  })

  it('makes no table, no state and no word where there is no outbox', async () => {
    const said = warnings()
    const database = new Database(join(folder, 'other.sqlite'))
    onTestFinished(() => void database.close())
    database.exec('CREATE TABLE notes (text)')
    observeGoals(database)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['notes'])
    expect(said).toEqual([])
  })
})

describe('an outbox of another version', () => {
  it('older, without some columns and the state table: is completed, and nothing of it is lost', async () => {
    const records: string[] = []
    const first = observed(records)
    first.take('before')
    first.database.close()
    const old = new Database(join(folder, 'goals.sqlite'))
    old.exec('ALTER TABLE _goaltrace_outbox DROP COLUMN objective; DROP TABLE _goaltrace_state')
    old.close()
    const { observation, take } = observed(records)
    take('after')
    await observation.flush()
    expect(records).toEqual(['before', 'after'])
  })

  it('newer: is left alone, with a word that says what to do, and the agent goes on', async () => {
    const said = warnings()
    const records: string[] = []
    const first = observed(records)
    first.database.exec(`UPDATE _goaltrace_state SET value = 99 WHERE name = 'version'`)
    first.database.close()
    const { take, database } = observed(records)
    take('a')
    expect(rowsOf(database)).toBe(0)
    expect(said.join('\n')).toContain('a newer goaltrace keeps its outbox in this database')
  })
})

describe('a state directory that cannot be used', () => {
  it.each([
    ['below a file system that takes none', () => '/proc/nope/deeper'],
    [
      'below a file',
      () => {
        new Database(join(folder, 'file')).exec('CREATE TABLE t (a)').close()
        return join(folder, 'file', 'state')
      },
    ],
  ])('%s: the events wait, one line says which variable helps, and the agent ends as ever', async (_, directory) => {
    const receiver = await Receiver.start()
    const agent = new AgentFolder()
    const env = { GOALTRACE_STATE_DIR: directory(), OTEL_LOG_LEVEL: 'warn', OTEL_BLRP_SCHEDULE_DELAY: '10' }
    const { code, stdout, stderr } = await agent.run(receiver.url, [30, 'end', '10'], env)
    expect([code, stdout]).toEqual([0, 'committed 30\n'])
    expect(receiver.logRequests).toBe(0)
    const lines = stderr.split('\n').filter((line) => line.includes('state directory'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('GOALTRACE_STATE_DIR')
    await agent.run(receiver.url, [0, 'end'], { OTEL_BLRP_SCHEDULE_DELAY: '10' })
    await expect.poll(() => new Set(receiver.uids).size, { timeout: 60_000 }).toBe(agent.committed())
  })
})
