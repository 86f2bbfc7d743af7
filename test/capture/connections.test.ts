import { describe, expect, it, onTestFinished } from 'vitest'
import { THREAD_GOALS } from '../../src/mapping/goal-table.ts'
import { connect, Database, observe, observed, TABLE, temporaryFile, warnings } from './observed-goals.ts'

const goal = (thread: string, table = 'thread_goals') =>
  `INSERT INTO ${table} (thread_id, goal_id) VALUES ('${thread}', 'g')`
const triggers = (database: Database) =>
  database.prepare(`SELECT name FROM temp.sqlite_schema WHERE name LIKE '%goaltrace%'`).all()

describe('two connections of one process to one file', () => {
  it('are seen each, whichever is asked to deliver', async () => {
    const first = observed()
    const second = observed({ file: first.database.name })
    first.run(goal('a'))
    second.run(goal('b'))
    first.run('UPDATE thread_goals SET tokens_used = 1')
    // One relay a file: it sends with the exporter of who came first.
    await second.observation.flush()
    expect(await first.emitted()).toEqual([
      'created a/g active 0',
      'created b/g active 0',
      'usage_accounted a/g active 1',
      'usage_accounted b/g active 1',
    ])
  })

  it('of which one is not observed: nothing of this one is seen, and nothing disturbs it', async () => {
    const { database, emitted, run } = observed()
    const other = connect(database.name)
    other.exec(goal('a'))
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
  })
})

describe('a database in memory', () => {
  it.each([':memory:', ''])('%j is observed', async (name) => {
    temporaryFile()
    const database = new Database(name)
    onTestFinished(() => void database.close())
    database.exec(TABLE)
    const { emitted, run } = observe(database)
    run(goal('a'))
    run('BEGIN')
    run(goal('b'))
    run('ROLLBACK')
    expect(await emitted()).toEqual(['created a/g active 0'])
  })
})

describe('goals that are not the observed ones', () => {
  it('of an attached database', async () => {
    const { database, emitted, run } = observed()
    run(`ATTACH '${temporaryFile()}' AS other`)
    database.exec(TABLE.replace('thread_goals', 'other.thread_goals'))
    run(goal('a', 'other.thread_goals'))
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
  })

  it('of a temporary table of the same name', async () => {
    const { database, emitted, run } = observed()
    database.exec(TABLE.replace('TABLE', 'TEMP TABLE'))
    run(goal('a'))
    run(goal('b', 'main.thread_goals'))
    expect(await emitted()).toEqual(['created b/g active 0'])
  })

  it('of a view of that name', async () => {
    const { database, emitted, run } = observed({ schema: '' })
    database.exec(`CREATE TABLE goals (thread_id, goal_id, status); CREATE VIEW thread_goals AS SELECT * FROM goals`)
    run(`INSERT INTO goals VALUES ('a', 'g', 'active')`)
    expect(await emitted()).toEqual([])
    expect(triggers(database)).toEqual([])
  })
})

describe('a connection that may not write', () => {
  it('readonly: reads as ever', async () => {
    const warned = warnings()
    const writer = observed()
    writer.run(goal('a'))
    const { database, emitted } = observed({ file: writer.database.name, connection: { readonly: true } })
    expect(database.prepare('SELECT thread_id FROM thread_goals').pluck().all()).toEqual(['a'])
    expect(() => database.prepare(goal('b')).run()).toThrow('readonly')
    await emitted()
    expect(warned).toEqual([])
  })

  it('query_only for a while: is seen once it writes', async () => {
    const database = connect(temporaryFile())
    database.exec(TABLE)
    database.pragma('query_only = ON')
    const { emitted, run } = observe(database)
    expect(() => run(goal('a'))).toThrow('readonly')
    database.pragma('query_only = OFF')
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
  })
})

describe('close()', () => {
  it('removes the triggers, leaves pending rows, and statements run on unobserved', async () => {
    const { database, observation, emitted, run } = observed()
    const insert = database.prepare('INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 1)')
    insert.run('a')
    observation.close()
    expect(triggers(database)).toEqual([])
    insert.run('b')
    run(goal('c'))
    expect(await emitted()).toEqual(['created a/1 active 0'])
  })

  it('in a transaction that is rolled back is closed all the same', async () => {
    const { database, observation, emitted, run } = observed()
    run(goal('a'))
    run('BEGIN')
    observation.close()
    run('ROLLBACK')
    run(goal('b'))
    expect(triggers(database)).toEqual([])
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('of the database: pending rows are delivered', async () => {
    const { database, emitted, run } = observed()
    run(goal('a'))
    database.close()
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('twice, and after the database, is nothing', () => {
    const { database, observation } = observed()
    database.close()
    observation.close()
    observation.close()
  })
})

describe('observing again', () => {
  it('takes the place of the former observation', async () => {
    const { database, run } = observed()
    run(goal('a'))
    const { emitted } = observe(database, { resolveThread: () => ({ sessionId: 's' }) })
    run('UPDATE thread_goals SET tokens_used = 1')
    await emitted()
    expect(database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()).toBe(2)
    expect(database.prepare('SELECT CAST(context AS TEXT) FROM _goaltrace_outbox').pluck().all().at(-1)).toContain(
      '"sessionId":"s"',
    )
  })

  it('the same file at the next start adds nothing to it', () => {
    const first = observed()
    first.run(goal('a'))
    const senders = () => first.database.prepare('SELECT count(*) FROM _goaltrace_senders').pluck().get()
    const version = first.database.pragma('schema_version', { simple: true })
    const second = observed({ file: first.database.name })
    second.run(goal('b'))
    expect(senders()).toBe(1)
    expect(first.database.pragma('schema_version', { simple: true })).toBe(version)
  })

  it('the mapping alone is kept for whoever delivers, and nothing that goaltrace has found out of the table', () => {
    const { database, run } = observed()
    run(goal('a'))
    const sender = database.prepare('SELECT sender FROM _goaltrace_senders').pluck().get() as string
    expect(JSON.parse(sender).table).toEqual(THREAD_GOALS)
  })
})
