import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { code, connect, type Database, isNodeSqlite, observe, TABLE, temporaryFile } from './observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`
const SPEND = 'UPDATE thread_goals SET tokens_used = tokens_used + 1'

/** Holds the file's write lock in another thread, from when this resolves, for so long. */
async function holdLock(file: string, ms: number): Promise<void> {
  const worker = new Worker(
    // By the same driver: a lock keeps out another process, or a connection of the same copy of SQLite.
    `const { workerData: { file, ms }, parentPort } = require('node:worker_threads')
    const database = new ${isNodeSqlite ? "(require('node:sqlite').DatabaseSync)" : "(require('better-sqlite3'))"}(file)
    database.exec('BEGIN IMMEDIATE')
    parentPort.postMessage('held')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    database.exec('COMMIT')
    database.close()`,
    { eval: true, workerData: { file, ms } },
  )
  onTestFinished(async () => void (await worker.terminate()))
  await once(worker, 'message')
}

/** What an agent with no patience meets beside a second writer; the same script for an observed one and a bare one. */
const scripts: Record<string, (agent: Database, other: Database) => string[]> = {
  'a writer that holds the lock': (agent, other) => {
    other.exec('BEGIN IMMEDIATE')
    const codes = [
      code(() => agent.prepare(SPEND).run()),
      code(() => agent.exec(SPEND)),
      code(() => agent.exec(goal('b'))),
    ]
    other.exec('COMMIT')
    return [...codes, code(() => agent.prepare(SPEND).run())]
  },
  'a writer between its read and its write': (agent, other) => {
    agent.exec('BEGIN')
    agent.prepare('SELECT * FROM thread_goals').all()
    const codes = [other, agent, agent].map((database) => code(() => database.exec(SPEND)))
    agent.exec('ROLLBACK')
    return [...codes, code(() => agent.prepare(SPEND).run())]
  },
  'a writer between its BEGIN and its write': (agent, other) => {
    agent.exec('BEGIN')
    const codes = [code(() => other.exec(SPEND)), code(() => agent.prepare(SPEND).run())]
    codes.push(code(() => other.exec(SPEND)))
    return [...codes, code(() => agent.exec('COMMIT'))]
  },
  'a writer that comes while it reads': (agent, other) => {
    agent.exec('BEGIN')
    agent.prepare('SELECT * FROM thread_goals').all()
    const codes = [code(() => other.exec(SPEND)), code(() => agent.exec('COMMIT'))]
    return [...codes, code(() => agent.transaction(() => agent.prepare(SPEND).run())())]
  },
  'a writer that never sleeps': (agent, other) => {
    const spend = agent.prepare(SPEND)
    return Array.from({ length: 50 }, (_, n) => {
      if (n % 5 === 0) other.exec('BEGIN IMMEDIATE')
      if (n % 5 === 3) other.exec('COMMIT')
      return code(() => spend.run())
    })
  },
}

describe.each(['WAL', 'DELETE'])('an agent with a busy timeout of 0, journal mode %s', (mode) => {
  describe.each(['attached before', 'not attached yet'])('%s', (state) => {
    it.each(Object.keys(scripts))('beside %s meets what it would meet unobserved', (name) => {
      const play = (observes: boolean) => {
        const file = temporaryFile()
        const setUp = connect(file)
        setUp.pragma(`journal_mode = ${mode}`)
        setUp.exec(TABLE)
        setUp.exec(goal('a'))
        setUp.close()
        const agent = connect(file, { timeout: 0 })
        const other = connect(file, { timeout: 0 })
        if (observes && state === 'attached before') observe(agent)
        // Held while observing starts, so that attaching has to wait.
        if (state === 'not attached yet') other.exec('BEGIN IMMEDIATE')
        if (observes && state !== 'attached before') observe(agent)
        if (state === 'not attached yet') other.exec('COMMIT')
        return scripts[name]?.(agent, other)
      }
      expect(play(true)).toEqual(play(false))
    })
  })
})

describe('an agent that goaltrace has still to attach to', () => {
  function agent(timeout: number) {
    const file = temporaryFile()
    const setUp = connect(file)
    setUp.pragma('journal_mode = WAL')
    setUp.exec(TABLE)
    setUp.close()
    return { file, database: connect(file, { timeout }) }
  }

  it('waits for another writer as it would, and nothing is lost', async () => {
    const { file, database } = agent(10_000)
    await holdLock(file, 300)
    const { emitted, run } = observe(database)
    run(goal('a'))
    expect(await emitted()).toEqual(['created a/g active 0'])
    expect(database.pragma('busy_timeout', { simple: true })).toBe(10_000)
  })

  it('never waits longer than its own timeout', async () => {
    const { file, database } = agent(4000)
    // The lock is free before it has waited twice, and then the change would succeed.
    await holdLock(file, 7000)
    const { run } = observe(database)
    expect(code(() => run(goal('a')))).toBe('SQLITE_BUSY')
    expect(database.pragma('busy_timeout', { simple: true })).toBe(4000)
  })

  it('is seen from the first change after the lock is free', async () => {
    const { file, database } = agent(0)
    const other = connect(file)
    other.exec('BEGIN IMMEDIATE')
    const { emitted, run } = observe(database)
    expect(code(() => run(goal('a')))).toBe('SQLITE_BUSY')
    other.exec('COMMIT')
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
  })

  it('that only reads in a transaction keeps no lock of goaltrace’s', () => {
    const { file, database } = agent(0)
    database.exec('BEGIN')
    observe(database)
    database.prepare('SELECT * FROM thread_goals').all()
    database.exec('CREATE TEMP TABLE notes (note)')
    const other = connect(file, { timeout: 0 })
    expect(code(() => other.exec(goal('a')))).toBe('ok')
    database.exec('COMMIT')
  })
})
