import { describe, expect, it } from 'vitest'
import { connect, observe, observed, TABLE, temporaryFile, warnings } from './observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`
const REBUILD = `CREATE TABLE rebuilt (thread_id TEXT PRIMARY KEY, goal_id TEXT, status TEXT DEFAULT 'active', tokens_used INTEGER DEFAULT 0);
  INSERT INTO rebuilt SELECT thread_id, goal_id, status, tokens_used FROM thread_goals;
  DROP TABLE thread_goals;
  ALTER TABLE rebuilt RENAME TO thread_goals;`

describe('a schema change by the agent', () => {
  it.each([
    ['drops a mapped column', 'ALTER TABLE thread_goals DROP COLUMN token_budget'],
    ['renames a mapped column', 'ALTER TABLE thread_goals RENAME COLUMN time_used_seconds TO seconds'],
    ['adds a column', 'ALTER TABLE thread_goals ADD COLUMN more TEXT'],
    ['rebuilds the table', REBUILD],
    ['makes an index', 'CREATE INDEX by_goal ON thread_goals (goal_id)'],
    ['drops another table', 'CREATE TABLE other (x); DROP TABLE other'],
    ['changes where temporary tables are', 'PRAGMA temp_store = MEMORY'],
    ['sets where they are, by pragma()', 'pragma temp_store = FILE'],
    ['vacuums', 'VACUUM'],
  ])('that %s: succeeds, and changes are captured after it', async (_, change) => {
    const warned = warnings()
    const { database, emitted, run } = observed()
    run(goal('a'))
    if (change.startsWith('pragma ')) database.pragma(change.slice('pragma '.length))
    else database.exec(change)
    run(goal('b'))
    run('UPDATE thread_goals SET tokens_used = 3')
    expect(await emitted()).toEqual([
      'created a/g active 0',
      'created b/g active 0',
      'usage_accounted a/g active 3',
      'usage_accounted b/g active 3',
    ])
    expect(warned).toEqual([])
  })

  it.each([
    ['drops a mapped column', 'ALTER TABLE thread_goals DROP COLUMN token_budget'],
    ['renames a mapped column', 'ALTER TABLE thread_goals RENAME COLUMN time_used_seconds TO seconds'],
    ['renames the column of the goal', 'ALTER TABLE thread_goals RENAME COLUMN goal_id TO id'],
    ['drops the table', 'DROP TABLE thread_goals'],
  ])('that %s, by a prepared statement, in a transaction that is rolled back', async (_, change) => {
    const { emitted, run } = observed()
    run(goal('a'))
    run('BEGIN')
    run(change)
    run('ROLLBACK')
    run(goal('b'))
    run('BEGIN')
    run(goal('c'))
    run('COMMIT')
    expect(await emitted()).toEqual(['created a/g active 0', 'created b/g active 0', 'created c/g active 0'])
  })

  it('together with changes of goals: these are not captured, one warning says so, and later ones are', async () => {
    const warned = warnings()
    const { database, emitted, run } = observed()
    database.exec(`ALTER TABLE thread_goals ADD COLUMN more TEXT; ${goal('a')}; DROP INDEX IF EXISTS none;`)
    database.exec(`ALTER TABLE thread_goals ADD COLUMN more2 TEXT; ${goal('b')};`)
    run(goal('c'))
    expect(await emitted()).toEqual(['created c/g active 0'])
    expect(warned).toHaveLength(1)
    expect(warned[0]).toContain('run them in separate calls')
  })

  it('in words only: a string, a quoted name, a comment', async () => {
    const warned = warnings()
    const { database, emitted } = observed()
    database.exec(`${goal('drop')}; -- ALTER TABLE
      INSERT INTO thread_goals (thread_id, "goal_id") VALUES ('a', 'DROP TABLE x; CREATE') /* drop */;`)
    database.prepare(`UPDATE thread_goals SET tokens_used = 1 WHERE goal_id LIKE '%alter%' OR thread_id = 'drop'`).run()
    expect(await emitted()).toEqual([
      'created drop/g active 0',
      'created a/DROP TABLE x; CREATE active 0',
      'usage_accounted drop/g active 1',
    ])
    expect(warned).toEqual([])
  })
})

describe('a schema change by another connection', () => {
  it.each([
    ['drops a mapped column', 'ALTER TABLE thread_goals DROP COLUMN token_budget'],
    ['renames a mapped column', 'ALTER TABLE thread_goals RENAME COLUMN time_used_seconds TO seconds'],
    ['rebuilds the table', REBUILD],
    ['drops the outbox', 'DROP TABLE _goaltrace_outbox'],
    ["drops all that is goaltrace's", 'DROP TABLE _goaltrace_outbox; DROP TABLE _goaltrace_senders'],
  ])('that %s: the next statement succeeds and is captured', async (_, change) => {
    for (const how of ['run', 'iterate', 'exec one', 'exec several', 'in a transaction'] as const) {
      const warned = warnings()
      const file = temporaryFile()
      const { database, emitted, run } = observe(connect(file))
      database.exec(TABLE)
      run(goal('before'))
      const insert = database.prepare(`${goal('a')} RETURNING thread_id`)
      const other = connect(file)
      other.exec(change)
      other.close()
      if (how === 'run') insert.all()
      if (how === 'iterate') expect([...insert.iterate()]).toEqual([{ thread_id: 'a' }])
      if (how === 'exec one') database.exec(goal('a'))
      if (how === 'exec several') database.exec(`${goal('a')}; ${goal('b')}`)
      if (how === 'in a transaction') database.transaction(() => insert.all())()
      run('UPDATE thread_goals SET tokens_used = 1')
      const events = await emitted()
      expect(events, how).toContain('created a/g active 0')
      expect(events, how).toContain('usage_accounted a/g active 1')
      expect(database.prepare('SELECT count(*) FROM thread_goals').pluck().get()).toBe(how === 'exec several' ? 3 : 2)
      expect(warned, how).toEqual([])
    }
  })

  it('that drops the outbox after its rows were delivered: no row of the new one is deleted before it is', async () => {
    const { database, emitted, run } = observed()
    for (const thread of ['a', 'b', 'c']) run(goal(thread))
    await emitted()
    connect(database.name).exec('DROP TABLE _goaltrace_outbox')
    for (const thread of ['d', 'e', 'f']) run(goal(thread))
    expect(await emitted()).toEqual(['created d/g active 0', 'created e/g active 0', 'created f/g active 0'])
  })

  it('that takes the column of the goal: the agent goes on, unobserved', async () => {
    const { database, emitted, run } = observed()
    const insert = database.prepare(goal('a'))
    insert.run()
    await emitted()
    const other = connect(database.name)
    other.exec('ALTER TABLE thread_goals RENAME COLUMN status TO state')
    run(`UPDATE thread_goals SET tokens_used = 2`)
    expect(await emitted()).toEqual([])
    other.exec('ALTER TABLE thread_goals RENAME COLUMN state TO status')
    run('UPDATE thread_goals SET tokens_used = 3')
    expect(await emitted()).toEqual(['usage_accounted a/g active 3'])
  })
})

describe('a goal table that is not there yet', () => {
  it('is found when this connection makes it', async () => {
    const { database, emitted, run } = observed({ schema: '' })
    expect(await emitted()).toEqual([])
    database.exec(TABLE)
    run(goal('a'))
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('is found when another connection makes it', async () => {
    const { database, emitted, run } = observed({ schema: '' })
    database.exec('CREATE TABLE notes (note)')
    run(`INSERT INTO notes VALUES ('thread goals')`)
    connect(database.name).exec(TABLE)
    run(goal('a'))
    expect(await emitted()).toEqual(['created a/g active 0'])
  })

  it('is found beside one that is', async () => {
    const more = { table: 'more_goals', columns: { goalId: 'id', status: 'status' } }
    const goals = { table: 'thread_goals', columns: { goalId: 'goal_id', threadId: 'thread_id', status: 'status' } }
    const { database, emitted, run } = observed({ options: { tables: [goals, more] } })
    run(goal('a'))
    connect(database.name).exec('CREATE TABLE more_goals (id, status)')
    run(`INSERT INTO more_goals VALUES (1, 'active')`)
    expect(await emitted()).toEqual(['created a/g active -', 'created 1/1 active -'])
  })

  it('costs the statements on another one nothing', async () => {
    const more = { table: 'more_goals', columns: { goalId: 'id', status: 'status' } }
    const goals = { table: 'thread_goals', columns: { goalId: 'goal_id', threadId: 'thread_id', status: 'status' } }
    const { database, emitted, run } = observed({ options: { tables: [goals, more] } })
    run(goal('a'))
    // It counts what has been made and dropped.
    const attached = database.pragma('temp.schema_version')
    run(`UPDATE thread_goals SET objective = 'more_goals', tokens_used = 1`)
    database.transaction(() => run(`UPDATE thread_goals SET objective = 'more_goals', status = 'paused'`))()
    expect(database.pragma('temp.schema_version')).toEqual(attached)
    database.transaction(() => {
      database.exec('CREATE TABLE more_goals (id, status)')
      run(`INSERT INTO more_goals VALUES (1, 'active')`)
    })()
    expect(await emitted()).toEqual(['created a/g active -', 'status_changed a/g paused -', 'created 1/1 active -'])
  })

  it('made and filled in one exec: a warning says what was not captured', async () => {
    const warned = warnings()
    const { database, emitted, run } = observed({ schema: '' })
    database.exec(`${TABLE}; ${goal('a')}`)
    run(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
    expect(warned).toHaveLength(1)
  })

  it('made by a schema that is run again, with its first goals: from the second start on they are captured', async () => {
    const warned = warnings()
    const seeded = `${TABLE.replace('TABLE', 'TABLE IF NOT EXISTS')};
      INSERT INTO thread_goals (thread_id, goal_id) VALUES ('SEED', 'g')`
    const { database, emitted, run } = observed({ schema: '' })
    const start = (seed: string) => database.exec(seeded.replace('SEED', seed))
    start('a')
    expect(await emitted()).toEqual([])
    start('b')
    run(`UPDATE thread_goals SET tokens_used = 1 WHERE thread_id = 'b'`)
    start('c')
    expect(await emitted()).toEqual(['created b/g active 0', 'usage_accounted b/g active 1', 'created c/g active 0'])
    expect(warned).toHaveLength(1)
  })

  it('made by another connection is found by a schema that is run again, with goals', async () => {
    const warned = warnings()
    const { database, emitted } = observed({ schema: 'CREATE TABLE notes (note)' })
    connect(database.name).exec(TABLE)
    database.exec(`${TABLE.replace('TABLE', 'TABLE IF NOT EXISTS')}; ${goal('a')}`)
    expect(await emitted()).toEqual(['created a/g active 0'])
    connect(database.name).exec(`DELETE FROM thread_goals`)
    database.exec(goal('b'))
    expect(await emitted()).toEqual(['created b/g active 0'])
    expect(warned).toEqual([])
  })

  it('leaves a database without goals as it is', async () => {
    const { database, run } = observed({ schema: 'CREATE TABLE notes (note)' })
    run(`INSERT INTO notes VALUES ('a note')`)
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['notes'])
    expect(database.prepare('SELECT name FROM temp.sqlite_schema').pluck().all()).toEqual([])
  })
})
