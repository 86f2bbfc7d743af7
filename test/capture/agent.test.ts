import { describe, expect, it } from 'vitest'
import {
  connect,
  type Database,
  isNodeSqlite,
  observe,
  observed,
  TABLE,
  temporaryFile,
  warnings,
} from './observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`

/** Runs the same agent on a connection that is observed and on one that is not. */
function both<T>(agent: (database: Database) => T): { bare: T; observed: T } {
  const bare = connect(temporaryFile())
  bare.pragma('journal_mode = WAL')
  const { database } = observed({ schema: '' })
  return { bare: agent(bare), observed: agent(database) }
}

function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    const { name, message } = error as Error
    // What a driver has put on it, as its code.
    return { name, message, class: (error as Error).constructor, ...(error as object) }
  }
}

describe('what an observed agent gets', () => {
  it.each([
    goal('a'),
    `INSERT INTO thread_goals (thread_id) VALUES ('a')`,
    `UPDATE thread_goals SET status = 'unheard of'`,
    `UPDATE thread_goals SET tokens_used = tokens_used + 1 RETURNING *`,
    `REPLACE INTO thread_goals (thread_id, goal_id) VALUES ('t', 'h') RETURNING goal_id`,
    'UPDATE thread_goals SET nothing = 1',
    'UPDATE no_such_table SET nothing = 1',
    'DELETE FROM thread_goals WHERE',
    'SELECT NEW.thread_id',
    `INSERT INTO broken VALUES (1)`,
    `INSERT INTO raising VALUES (1)`,
    'DELETE FROM thread_goals',
    '',
    '-- nothing',
    'SELECT 1; SELECT 2',
  ])('from %j is what it gets unobserved', (sql) => {
    for (const how of ['run', 'get', 'all', 'iterate', 'exec'] as const) {
      const { bare, observed } = both((database) => {
        database.exec(`${TABLE}; CREATE TABLE broken (x); CREATE TABLE raising (x);
          CREATE TRIGGER broken_too AFTER INSERT ON broken BEGIN SELECT no_column FROM thread_goals WHERE goal_id = NEW.y; END;
          CREATE TRIGGER raises AFTER INSERT ON raising BEGIN SELECT RAISE(ABORT, 'NEW.x of _goaltrace'); END`)
        database.exec(`${goal('t')}; ${goal('u')}`)
        const results = [1, 2].map(() =>
          outcome(() => {
            if (how === 'exec') return database.exec(sql) === database
            const statement = database.prepare(sql)
            return how === 'iterate' ? [...statement.iterate()] : statement[how]()
          }),
        )
        return [...results, database.prepare('SELECT * FROM thread_goals').all(), database.inTransaction]
      })
      expect(observed, how).toEqual(bare)
    }
  })

  it('changes, lastInsertRowid, and the SQL functions of that name', () => {
    const { bare, observed } = both((database) => {
      database.exec(TABLE)
      const sql = database.prepare('SELECT changes() AS changes, last_insert_rowid() AS rowid')
      const insert = database.prepare('INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 1), (? || ?, 1)')
      const results: unknown[] = []
      for (const thread of ['a', 'b']) results.push(insert.run(thread, thread, 'x'), sql.get())
      results.push(database.prepare('UPDATE thread_goals SET tokens_used = 1').run(), sql.get())
      results.push(database.prepare(`REPLACE INTO thread_goals (thread_id, goal_id) VALUES ('a', 2)`).run(), sql.get())
      results.push(database.prepare(`DELETE FROM thread_goals WHERE thread_id = 'b'`).run(), sql.get())
      return results
    })
    expect(observed).toEqual(bare)
  })

  it('total_changes() is the one thing that counts the rows of the outbox as well', () => {
    const { bare, observed } = both((database) => {
      database.exec(TABLE)
      database.exec(goal('a'))
      const total = database.prepare('SELECT total_changes()').pluck()
      const before = total.get() as number
      database.exec('UPDATE thread_goals SET tokens_used = 1')
      return (total.get() as number) - before
    })
    expect({ bare, observed }).toEqual({ bare: 1, observed: 2 })
  })

  it('every setting stays as it was', () => {
    const settings = ['foreign_keys', 'recursive_triggers', 'busy_timeout', 'synchronous', 'journal_mode', 'query_only']
    const all = [...settings, 'temp_store', 'cache_size', 'trusted_schema', 'defer_foreign_keys', 'locking_mode']
    const { bare, observed } = both((database) => {
      database.pragma('busy_timeout = 1234')
      database.exec(TABLE)
      database.exec(goal('a'))
      return all.map((setting) => database.pragma(setting))
    })
    expect(observed).toEqual(bare)
  })

  it('names and lengths of methods', () => {
    const { database } = observed()
    const { prepare, exec, close } = database
    expect([prepare.name, exec.name, close.name]).toEqual(['prepare', 'exec', 'close'])
    const { run, get, all, iterate } = database.prepare(goal('a'))
    expect([run.name, get.name, all.name, iterate.name]).toEqual(['run', 'get', 'all', 'iterate'])
  })

  it.skipIf(isNodeSqlite)('bigints where it asks for them', async () => {
    const { database, emitted } = observed()
    database.defaultSafeIntegers(true)
    expect(database.prepare(goal('a')).run()).toEqual({ changes: 1, lastInsertRowid: 1n })
    database.prepare('UPDATE thread_goals SET tokens_used = ?').run(2n ** 53n + 1n)
    database.prepare(`REPLACE INTO thread_goals (thread_id, goal_id, tokens_used) VALUES ('a', 'g', ?)`).run(7n)
    expect(await emitted()).toEqual([
      'created a/g active 0',
      `usage_accounted a/g active ${2 ** 53}`,
      'usage_accounted a/g active 7',
    ])
  })

  it.skipIf(isNodeSqlite)(
    'its own log of statements: at most one of goaltrace for each by the agent, once attached',
    () => {
      const log: unknown[] = []
      const { run } = observed({ connection: { verbose: (sql) => void log.push(sql) } })
      run(goal('a'))
      log.length = 0
      for (const thread of ['b', 'c', 'd']) run(goal(thread))
      expect(log).toEqual(['b', 'c', 'd'].map(goal))
    },
  )

  it.skipIf(isNodeSqlite)('nothing to do with goaltrace where its log throws', () => {
    let throws = false
    const file = temporaryFile()
    const database = connect(file, {
      verbose: () => {
        if (throws) throw new Error('the log is full')
      },
    })
    database.exec(TABLE)
    throws = true
    const { run } = observe(database)
    expect(() => run(goal('a'))).toThrow('the log is full')
    throws = false
    run(goal('b'))
    expect(database.prepare('SELECT thread_id FROM thread_goals').pluck().all()).toEqual(['b'])
  })
})

describe('a resolver of threads that throws', () => {
  it('costs the change its context, not the agent its statement', async () => {
    const warned = warnings()
    const resolveThread = () => {
      throw new Error('no such thread')
    }
    const { emitted, run } = observed({ options: { resolveThread } })
    run(goal('a'))
    run(`REPLACE INTO thread_goals (thread_id, goal_id, tokens_used) VALUES ('a', 'g', 4)`)
    expect(await emitted()).toEqual(['created a/g active 0', 'usage_accounted a/g active 4'])
    expect(warned).toHaveLength(1)
  })
})

describe('a disk that is full', () => {
  it('takes the agent’s change where goaltrace’s row does not fit any more', () => {
    const warned = warnings()
    const { database, run } = observed()
    run(goal('a'))
    const pages = database.pragma('page_count', { simple: true }) as number
    database.pragma(`max_page_count = ${pages}`)
    const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
    for (let n = 0; n < 200; n++) spend.run()
    expect(database.prepare('SELECT tokens_used FROM thread_goals').pluck().get()).toBe(200)
    expect(warned).toHaveLength(1)
    expect(warned[0]).toContain('full')
  })
})
