import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/index.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'
import { code, connect, isNodeSqlite, observe, observed, TABLE, temporaryFile } from './observed-goals.ts'

const CREATE = `INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')`
const SPEND = 'UPDATE thread_goals SET tokens_used = tokens_used + 1'
const MEMORY = { durability: 'memory' } as const

/** The transaction is still open, and has created a goal of thread `a`. */
function attachedInTransaction() {
  const file = temporaryFile()
  connect(file).exec(TABLE)
  const database = connect(file)
  database.exec('BEGIN')
  const { run, emitted } = observe(database, MEMORY)
  run(CREATE, 'a')
  return { file, database, run, emitted }
}

describe('an outbox in memory', () => {
  it('emits what a durable one does, and leaves no trace in the file or beside it', async () => {
    const { database, run, emitted } = observed({ options: MEMORY })
    run(CREATE, 't')
    run(SPEND)
    database.exec('BEGIN')
    run(SPEND)
    database.exec('SAVEPOINT s')
    run(SPEND)
    database.exec('ROLLBACK TO s')
    database.exec('COMMIT')
    database.exec('BEGIN')
    run('DELETE FROM thread_goals')
    database.exec('ROLLBACK')
    run(`REPLACE INTO thread_goals (thread_id, goal_id) VALUES ('t', 'h')`)
    expect(await emitted()).toEqual([
      'created t/g active 0',
      'usage_accounted t/g active 1',
      'usage_accounted t/g active 2',
      'created t/h active 0',
    ])
    const witness = connect(database.name)
    expect(witness.prepare('SELECT name FROM sqlite_schema').pluck().all()).not.toContain('_goaltrace_outbox')
    expect(witness.prepare(`SELECT count(*) FROM sqlite_schema WHERE name LIKE '%goaltrace%'`).pluck().get()).toBe(0)
    expect(existsSync(process.env.GOALTRACE_STATE_DIR ?? '')).toBe(false)
  })

  it('deletes delivered rows, but for the last', async () => {
    const { database, run, emitted } = observed({ options: MEMORY })
    run(CREATE, 't')
    for (let n = 0; n < 5; n++) {
      run(SPEND)
      await emitted()
    }
    for (let n = 0; n < 8; n++) run(SPEND)
    expect(Number(database.prepare('SELECT count(*) FROM temp._goaltrace_outbox').pluck().get())).toBeLessThan(10)
  })

  it('attaches in a transaction, and after one is rolled back', async () => {
    const { database, run, emitted } = attachedInTransaction()
    database.exec('ROLLBACK')
    run(CREATE, 'b')
    database.exec('BEGIN')
    run(CREATE, 'c')
    database.exec('COMMIT')
    expect(await emitted()).toEqual(['created b/g active 0', 'created c/g active 0'])
  })

  it('leaves no trace in the file where it attaches in a transaction that commits', async () => {
    const { file, database, emitted } = attachedInTransaction()
    database.exec('COMMIT')
    expect(await emitted()).toEqual(['created a/g active 0'])
    const tables = connect(file).prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck()
    expect(tables.all()).toEqual(['thread_goals'])
  })

  it('does not take the place of a snapshot that an agent begins to read by', () => {
    const file = temporaryFile()
    const other = connect(file)
    other.pragma('journal_mode = WAL')
    other.exec(TABLE)
    const database = connect(file, { timeout: 0 })
    database.exec('BEGIN')
    observe(database, MEMORY)
    other.prepare(CREATE).run('first')
    expect(code(() => database.prepare(CREATE).run('second'))).toBe('ok')
    database.exec('COMMIT')
  })

  it('is delivered once its connection is closed', async () => {
    const { database, run, emitted } = observed({ options: MEMORY })
    run(CREATE, 't')
    expect(await emitted()).toEqual(['created t/g active 0'])
    run(SPEND)
    run(SPEND)
    database.close()
    expect(await emitted()).toEqual(['usage_accounted t/g active 1', 'usage_accounted t/g active 2'])
    expect(await emitted()).toEqual([])
  })

  it('keeps the rows of each connection to a file apart', async () => {
    const a = observed({ options: MEMORY })
    const b = observed({ file: a.database.name, options: MEMORY })
    a.run(CREATE, 'a')
    b.run(CREATE, 'b')
    expect(await a.emitted()).toEqual(['created a/g active 0'])
    expect(await b.emitted()).toEqual(['created b/g active 0'])
  })

  it('is recreated where the agent moves its temporary tables', async () => {
    const { database, run, emitted } = observed({ options: MEMORY })
    run(CREATE, 't')
    await emitted()
    database.exec('PRAGMA temp_store = MEMORY')
    run(SPEND)
    run(SPEND)
    expect((await emitted()).at(-1)).toBe('usage_accounted t/g active 2')
  })
})

describe('durability', () => {
  it.each([
    [{ durability: 'disk' }, TypeError, 'durability is "disk"; expected one of outbox, memory'],
    [{ maxOutboxRows: 0 }, RangeError, 'maxOutboxRows is 0; expected a whole number from 1'],
  ])('that cannot be meant is refused: %j', (options, kind, sentence) => {
    const database = connect(temporaryFile())
    expect(() => observeGoals(database, options as never)).toThrow(kind)
    expect(() => observeGoals(database, options as never)).toThrow(sentence)
  })
})

describe.skipIf(isNodeSqlite)('an agent under register whose configuration says durability: memory', () => {
  it('has its events delivered when its event loop runs empty, from connections that are open and closed', async () => {
    for (const how of ['end', 'close']) {
      const receiver = await Receiver.start()
      const folder = new AgentFolder()
      const config = `${folder.path}/goaltrace.json`
      const { writeFileSync } = await import('node:fs')
      writeFileSync(config, JSON.stringify({ durability: 'memory' }))
      const env = { GOALTRACE_CONFIG: config, OTEL_BLRP_SCHEDULE_DELAY: '5000', GOALTRACE_EXIT_LIMIT: '20000' }
      const { code } = await folder.run(receiver.url, [5, how], env)
      expect(code).toBe(0)
      expect(receiver.logs).toHaveLength(6)
      expect(folder.rows(`SELECT name FROM sqlite_schema WHERE name LIKE '%goaltrace%'`)).toEqual([])
    }
  })
})
