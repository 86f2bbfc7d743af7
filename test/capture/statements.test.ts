import { describe, expect, it } from 'vitest'
import { connect, observe, observed, TABLE, temporaryFile } from './observed-goals.ts'

const THREE = `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('a', '1'), ('b', '2'), ('c', '3')`

describe('an upsert', () => {
  const upsert = (then: string) =>
    `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('a', 'g') ON CONFLICT (thread_id) DO ${then}`

  it('that updates emits what it changed', async () => {
    const { emitted, run } = observed()
    run(upsert('NOTHING'))
    run(upsert(`UPDATE SET tokens_used = tokens_used + 5, status = 'paused'`))
    expect(await emitted()).toEqual([
      'created a/g active 0',
      'usage_accounted a/g paused 5',
      'status_changed a/g paused 5',
    ])
  })

  it('that does nothing, or whose WHERE is false, emits nothing', async () => {
    const { emitted, run } = observed()
    run(upsert('NOTHING'))
    await emitted()
    run(upsert('NOTHING'))
    run(upsert('UPDATE SET tokens_used = 9 WHERE false'))
    expect(await emitted()).toEqual([])
  })

  it('that puts another goal on the thread emits the new one alone', async () => {
    const { emitted, run } = observed()
    run(upsert('NOTHING'))
    run(
      upsert('NOTHING').replace(
        `'g') ON CONFLICT (thread_id) DO NOTHING`,
        `'h') ON CONFLICT (thread_id) DO UPDATE SET goal_id = excluded.goal_id`,
      ),
    )
    expect(await emitted()).toEqual(['created a/g active 0', 'created a/h active 0'])
  })
})

describe('a bulk mutation', () => {
  it('emits each row', async () => {
    const { emitted, run } = observed()
    run(THREE)
    run('UPDATE thread_goals SET tokens_used = 7')
    run('DELETE FROM thread_goals')
    expect(await emitted()).toEqual([
      ...['a/1', 'b/2', 'c/3'].map((goal) => `created ${goal} active 0`),
      ...['a/1', 'b/2', 'c/3'].map((goal) => `usage_accounted ${goal} active 7`),
      ...['a/1', 'b/2', 'c/3'].map((goal) => `cleared ${goal} active 7`),
    ])
  })

  it('that changes no row of it emits none, and writes nothing', async () => {
    const { database, emitted, run } = observed()
    run(THREE)
    await emitted()
    const last = database.prepare('SELECT max(seq) FROM _goaltrace_outbox').pluck()
    const before = last.get()
    run('UPDATE thread_goals SET tokens_used = tokens_used, status = status')
    run(`UPDATE thread_goals SET objective = 'Another', token_budget = 5`)
    expect(last.get()).toBe(before)
    expect(await emitted()).toEqual([])
  })
})

describe('RETURNING', () => {
  it.each(['get', 'all', 'iterate'] as const)(
    'by %s emits the change, and gives the agent its rows',
    async (method) => {
      const { database, emitted } = observed()
      const insert = database.prepare(`${THREE} RETURNING thread_id`).pluck()
      if (method === 'get') expect(insert.get()).toBe('a')
      if (method === 'all') expect(insert.all()).toEqual(['a', 'b', 'c'])
      if (method === 'iterate') expect([...insert.iterate()]).toEqual(['a', 'b', 'c'])
      expect(await emitted()).toHaveLength(3)
    },
  )

  it('by an iterate() that the agent breaks off has written, and is emitted', async () => {
    const { database, emitted } = observed()
    for (const thread of database.prepare(`${THREE} RETURNING thread_id`).pluck().iterate()) {
      expect(thread).toBe('a')
      break
    }
    expect(await emitted()).toHaveLength(3)
    // Nothing holds the connection any more.
    database.exec('VACUUM')
  })

  it('by an iterate() that never takes a step writes nothing', async () => {
    const { database, emitted, run } = observed()
    const rows = database.prepare(`${THREE} RETURNING thread_id`).iterate()
    rows.return?.()
    expect(await emitted()).toEqual([])
    run(THREE)
    expect(await emitted()).toHaveLength(3)
  })
})

describe('statements prepared before goaltrace attached', () => {
  it('are seen', async () => {
    const database = connect(temporaryFile())
    database.exec(TABLE)
    const insert = database.prepare(THREE)
    const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
    const { emitted } = observe(database)
    insert.run()
    spend.run('b')
    expect((await emitted()).at(-1)).toBe('usage_accounted b/2 active 1')
  })
})

describe('an exec of several statements', () => {
  it('is seen', async () => {
    const { database, emitted } = observed()
    database.exec(`${THREE}; UPDATE thread_goals SET tokens_used = 1 WHERE thread_id = 'a';
      DELETE FROM thread_goals WHERE thread_id <> 'a'; SELECT 'x;y';`)
    expect((await emitted()).slice(3)).toEqual([
      'usage_accounted a/1 active 1',
      'cleared b/2 active 0',
      'cleared c/3 active 0',
    ])
  })
})

describe('a table of another kind', () => {
  it.each(['WITHOUT ROWID', 'STRICT', 'STRICT, WITHOUT ROWID'])('%s is seen', async (make) => {
    const { emitted, run } = observed({ schema: `${TABLE} ${make}` })
    run(THREE)
    run(`UPDATE thread_goals SET thread_id = 'd' WHERE thread_id = 'a'`)
    run(`DELETE FROM thread_goals WHERE thread_id = 'b'`)
    expect((await emitted()).slice(3)).toEqual(['cleared a/1 active 0', 'created d/1 active 0', 'cleared b/2 active 0'])
  })
})

describe('a change that the agent does not make on the table itself', () => {
  const parent = `CREATE TABLE threads (id TEXT PRIMARY KEY);
    ${TABLE.replace('PRIMARY KEY NOT NULL', 'PRIMARY KEY NOT NULL REFERENCES threads ON DELETE CASCADE ON UPDATE CASCADE')}`

  it('a cascade of a foreign key', async () => {
    const { emitted, run } = observed({ schema: parent })
    run(`INSERT INTO threads VALUES ('a'), ('b'), ('c')`)
    run(THREE)
    await emitted()
    run(`DELETE FROM threads WHERE id = 'a'`)
    run(`REPLACE INTO threads VALUES ('b')`)
    run(`UPDATE threads SET id = 'd' WHERE id = 'c'`)
    expect(await emitted()).toEqual([
      'cleared a/1 active 0',
      'cleared b/2 active 0',
      'cleared c/3 active 0',
      'created d/3 active 0',
    ])
  })

  it(`a trigger of the agent's own, on another table or on this one: in the order in which they happen`, async () => {
    const { database, emitted, run } = observed()
    database.exec(`CREATE TABLE turns (thread TEXT, tokens INTEGER);
      CREATE TRIGGER spend AFTER INSERT ON turns BEGIN
        UPDATE thread_goals SET tokens_used = tokens_used + NEW.tokens WHERE thread_id = NEW.thread;
      END;
      CREATE TRIGGER limited AFTER UPDATE OF tokens_used ON thread_goals WHEN NEW.tokens_used > NEW.token_budget BEGIN
        UPDATE thread_goals SET status = 'budget_limited' WHERE thread_id = NEW.thread_id;
      END`)
    run(`INSERT INTO thread_goals (thread_id, goal_id, token_budget) VALUES ('a', 'g', 10)`)
    await emitted()
    run(`INSERT INTO turns VALUES ('a', 7)`)
    run(`INSERT INTO turns VALUES ('a', 8)`)
    expect(await emitted()).toEqual([
      'usage_accounted a/g active 7',
      'usage_accounted a/g active 15',
      'status_changed a/g budget_limited 15',
    ])
  })

  it('a view with an INSTEAD OF trigger', async () => {
    const { database, emitted, run } = observed()
    database.exec(`CREATE VIEW goals AS SELECT thread_id AS thread, tokens_used AS tokens FROM thread_goals;
      CREATE TRIGGER spend INSTEAD OF UPDATE ON goals BEGIN
        UPDATE thread_goals SET tokens_used = NEW.tokens WHERE thread_id = OLD.thread;
      END`)
    run(THREE)
    await emitted()
    run(`UPDATE goals SET tokens = 4 WHERE thread = 'b'`)
    expect(await emitted()).toEqual(['usage_accounted b/2 active 4'])
  })
})
