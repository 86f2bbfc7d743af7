import { describe, expect, it } from 'vitest'
import type { ObserveOptions } from '../../src/api/observe-options.ts'
import { THREAD_GOALS } from '../../src/mapping/goal-table.ts'
import { observed, TABLE } from './observed-goals.ts'

const put = (how: string, thread: string, id: string, tokens = 0, status = 'active') =>
  `${how} INTO thread_goals (thread_id, goal_id, tokens_used, status) VALUES ('${thread}', '${id}', ${tokens}, '${status}')`

// recursive_triggers decides whether SQLite runs delete triggers for what a REPLACE removes.
describe.each(['OFF', 'ON'])('REPLACE, recursive_triggers %s', (recursive) => {
  function goals(schema = TABLE, options: ObserveOptions = {}) {
    const goals = observed({ schema, options })
    goals.database.pragma(`recursive_triggers = ${recursive}`)
    return goals
  }

  it('of the same goal emits what changed', async () => {
    const { emitted, run } = goals()
    run(put('INSERT', 'a', 'g'))
    await emitted()
    run(put('REPLACE', 'a', 'g', 5, 'paused'))
    expect(await emitted()).toEqual(['usage_accounted a/g paused 5', 'status_changed a/g paused 5'])
    run(put('REPLACE', 'a', 'g', 5, 'paused'))
    expect(await emitted()).toEqual([])
  })

  it('by another goal emits the new one alone', async () => {
    const { emitted, run } = goals()
    run(put('INSERT', 'a', 'g'))
    run(put('INSERT OR REPLACE', 'a', 'h', 3))
    expect(await emitted()).toEqual(['created a/g active 0', 'created a/h active 3'])
  })

  it('of several rows emits each', async () => {
    const { emitted, run } = goals()
    run(put('INSERT', 'a', 'g'))
    run(put('INSERT', 'b', 'g'))
    await emitted()
    run(
      `REPLACE INTO thread_goals (thread_id, goal_id, tokens_used) VALUES ('a', 'g', 1), ('b', 'g', 2), ('c', 'g', 3)`,
    )
    run(`REPLACE INTO thread_goals (thread_id, goal_id, tokens_used) SELECT thread_id, goal_id, 9 FROM thread_goals`)
    expect(await emitted()).toEqual([
      'usage_accounted a/g active 1',
      'usage_accounted b/g active 2',
      'created c/g active 3',
      'usage_accounted a/g active 9',
      'usage_accounted b/g active 9',
      'usage_accounted c/g active 9',
    ])
  })

  it('that evicts another row by a second unique key emits that this one is gone', async () => {
    const { emitted, run } = goals(TABLE.replace('goal_id TEXT NOT NULL', 'goal_id TEXT NOT NULL UNIQUE'))
    run(put('INSERT', 'a', 'g'))
    run(put('INSERT', 'b', 'h'))
    await emitted()
    run(put('REPLACE', 'a', 'h', 4))
    // The goal of thread a is replaced without a word; h is another goal on another thread.
    expect((await emitted()).sort()).toEqual(['cleared b/h active 0', 'created a/h active 4'])
  })

  it('that keeps a goal and evicts another of the same thread takes them for what they are', async () => {
    const { emitted, run } =
      goals(`CREATE TABLE thread_goals (goal_id TEXT PRIMARY KEY, thread_id TEXT, status TEXT DEFAULT 'active',
      tokens_used INTEGER, slug TEXT UNIQUE)`)
    const put = (id: string, slug: string, tokens: number) =>
      run(`REPLACE INTO thread_goals (goal_id, thread_id, tokens_used, slug) VALUES (?, 't', ?, ?)`, id, tokens, slug)
    put('evicted', 'two', 1)
    put('kept', 'one', 1)
    await emitted()
    put('kept', 'two', 5)
    expect(await emitted()).toEqual(['cleared t/evicted active 1', 'usage_accounted t/kept active 5'])
  })

  it('by an UPDATE OR REPLACE emits both', async () => {
    const { emitted, run } = goals()
    run(put('INSERT', 'a', 'g'))
    run(put('INSERT', 'b', 'h'))
    await emitted()
    run(`UPDATE OR REPLACE thread_goals SET thread_id = 'b' WHERE thread_id = 'a'`)
    expect((await emitted()).sort()).toEqual(['cleared a/g active 0', 'cleared b/h active 0', 'created b/g active 0'])
  })

  it('on a row whose id SQLite gives', async () => {
    const { emitted, run } = goals(`CREATE TABLE thread_goals (goal_id INTEGER PRIMARY KEY, thread_id TEXT UNIQUE,
      status TEXT DEFAULT 'active', tokens_used INTEGER DEFAULT 0)`)
    run(`INSERT INTO thread_goals (thread_id) VALUES ('a')`)
    run(`REPLACE INTO thread_goals (thread_id) VALUES ('a')`)
    run(`REPLACE INTO thread_goals (goal_id, thread_id, tokens_used) VALUES (2, 'a', 6)`)
    expect(await emitted()).toEqual(['created a/1 active 0', 'created a/2 active 0', 'usage_accounted a/2 active 6'])
  })

  it('goes by the collation of the index, not of the column', async () => {
    const { emitted, run, database } = goals()
    database.exec('CREATE UNIQUE INDEX one ON thread_goals (goal_id COLLATE NOCASE)')
    run(put('INSERT', 'a', 'Goal'))
    run(put('REPLACE', 'b', 'GOAL'))
    expect((await emitted()).sort()).toEqual([
      'cleared a/Goal active 0',
      'created a/Goal active 0',
      'created b/GOAL active 0',
    ])
  })

  it('by an UPDATE OR REPLACE that names the rowid by another name', async () => {
    const { emitted, run } = goals(`CREATE TABLE thread_goals (goal_id INTEGER PRIMARY KEY, thread_id TEXT,
      status TEXT DEFAULT 'active', tokens_used INTEGER DEFAULT 0)`)
    run(`INSERT INTO thread_goals (thread_id) VALUES ('a'), ('b')`)
    await emitted()
    run(`UPDATE OR REPLACE thread_goals SET oid = 2, tokens_used = 3 WHERE rowid = 1`)
    expect((await emitted()).sort()).toEqual(['cleared b/2 active 0', 'created a/2 active 3'])
  })

  it('by an UPDATE OR REPLACE that brings a deleted row back in place of the goal that took over', async () => {
    const schema = TABLE.replace('thread_id TEXT PRIMARY KEY NOT NULL', 'thread_id TEXT, deleted_at')
    const columns = { ...THREAD_GOALS.columns, deletedAt: 'deleted_at' }
    const { emitted, run, database } = goals(schema, { tables: [{ ...THREAD_GOALS, columns }] })
    database.exec('CREATE UNIQUE INDEX current ON thread_goals (goal_id) WHERE deleted_at IS NULL')
    run(`INSERT INTO thread_goals (thread_id, goal_id, tokens_used, deleted_at) VALUES ('a', 'g', 3, 'yesterday')`)
    run(put('INSERT', 'a', 'g', 5))
    expect(await emitted()).toEqual(['created a/g active 5'])
    run(`UPDATE OR REPLACE thread_goals SET deleted_at = NULL, tokens_used = 6 WHERE tokens_used = 3`)
    expect(await emitted()).toEqual(['usage_accounted a/g active 6'])
  })

  it('by an UPDATE OR REPLACE whose key is a generated column', async () => {
    const slug = `slug TEXT AS (objective || '!') UNIQUE`
    const { emitted, run } = goals(TABLE.replace(/\n\)$/, `, ${slug})`))
    run(put('INSERT', 'a', 'g'))
    run(`INSERT INTO thread_goals (thread_id, goal_id, objective) VALUES ('b', 'h', 'other')`)
    await emitted()
    run(`UPDATE OR REPLACE thread_goals SET objective = 'other', tokens_used = 4 WHERE thread_id = 'a'`)
    expect(await emitted()).toEqual(['cleared b/h active 0', 'usage_accounted a/g active 4'])
  })

  it('leaves rows in the outbox that need no other one to be read', () => {
    const { database, run } = goals(TABLE.replace('goal_id TEXT NOT NULL', 'goal_id TEXT NOT NULL UNIQUE'))
    const columns = 'old_goal, old_tokens, typeof(old_tokens), goal, tokens'
    const outbox = (since: number) =>
      database
        .prepare(`SELECT ${columns} FROM _goaltrace_outbox WHERE seq > ? ORDER BY seq`)
        .all(since)
        .map((row) => Object.values(row as object))
    run(put('INSERT', 'a', 'g'))
    run(put('INSERT', 'b', 'h', 1))
    run(put('REPLACE', 'a', 'g', 5))
    expect(outbox(2)).toEqual([['g', 0, 'integer', 'g', 5]])
    const { last } = database.prepare('SELECT max(seq) AS last FROM _goaltrace_outbox').get() as { last: number }
    run(put('REPLACE', 'a', 'h', 4))
    expect(outbox(last)).toEqual([
      ['h', 1, 'integer', null, null],
      ['g', 5, 'integer', 'h', 4],
    ])
  })

  const PARTIAL = `CREATE TABLE thread_goals (goal_id TEXT PRIMARY KEY, thread_id TEXT, status TEXT, tokens_used INTEGER,
    slug TEXT); CREATE UNIQUE INDEX one ON thread_goals (thread_id) WHERE status = 'active' -- one at a time`

  it('that evicts another row by a partial unique index emits that this one is gone', async () => {
    const { emitted, run } = goals(PARTIAL)
    run(put('INSERT', 't', 'p1', 1))
    run(put('INSERT', 't', 'done', 2, 'complete'))
    await emitted()
    run(put('INSERT OR REPLACE', 't', 'p2', 3))
    // As with any unique key, a goal that takes its thread from another replaces it.
    expect(await emitted()).toEqual(['created t/p2 active 3'])
    run(put('INSERT OR REPLACE', 't', 'p3', 4, 'paused'))
    expect(await emitted()).toEqual(['created t/p3 paused 4'])
    run(put('INSERT', 'u', 'q1'))
    run(`UPDATE OR REPLACE thread_goals SET status = 'active' WHERE goal_id = 'p3'`)
    expect(await emitted()).toEqual(['created u/q1 active 0', 'cleared t/p2 active 3', 'status_changed t/p3 active 4'])
    run(`UPDATE OR REPLACE thread_goals SET status = 'active', tokens_used = 5 WHERE goal_id = 'p3'`)
    expect(await emitted()).toEqual(['usage_accounted t/p3 active 5'])
  })

  it('that evicts another row by a column that no event has', async () => {
    const { emitted, run, database } = goals(PARTIAL)
    database.exec(`CREATE UNIQUE INDEX slugs ON thread_goals (lower(slug)); CREATE UNIQUE INDEX slug ON thread_goals (slug)
      WHERE slug <> 'a (b) WHERE' AND status IN ('active', 'paused')`)
    run(put('INSERT', 't', 'p'))
    run(put('INSERT', 'u', 'q'))
    run(`UPDATE thread_goals SET slug = 'x' WHERE goal_id = 'q'`)
    expect(await emitted()).toEqual(['created t/p active 0', 'created u/q active 0'])
    run(`UPDATE OR REPLACE thread_goals SET slug = 'x' WHERE goal_id = 'p'`)
    expect(await emitted()).toEqual(['cleared u/q active 0'])
  })

  it('beside a partial index whose condition no trigger can ask for, fails nothing', async () => {
    const { emitted, run, database } = goals(PARTIAL)
    database.exec(`CREATE UNIQUE INDEX a ON thread_goals (thread_id) WHERE thread_goals.slug IS NOT NULL;
      CREATE UNIQUE INDEX b ON thread_goals (thread_id) WHERE slug ->> '$.a' IS NOT NULL;
      CREATE UNIQUE INDEX c ON thread_goals (thread_id) WHERE rowid < 0`)
    run(put('INSERT', 't', 'p'))
    run(`UPDATE OR REPLACE thread_goals SET tokens_used = 1`)
    expect(await emitted()).toEqual(['created t/p active 0', 'usage_accounted t/p active 1'])
  })

  it('in a transaction that is rolled back emits nothing', async () => {
    const { emitted, run } = goals()
    run(put('INSERT', 'a', 'g'))
    await emitted()
    run('BEGIN')
    run(put('REPLACE', 'a', 'g', 5))
    run('ROLLBACK')
    expect(await emitted()).toEqual([])
  })

  it(`beside a trigger of the agent's that writes goals as well`, async () => {
    const { emitted, run, database } = goals()
    database.exec(`CREATE TRIGGER twin BEFORE INSERT ON thread_goals WHEN NEW.thread_id NOT LIKE '%-twin' BEGIN
      REPLACE INTO thread_goals (thread_id, goal_id, tokens_used) VALUES (NEW.thread_id || '-twin', NEW.goal_id, NEW.tokens_used);
    END`)
    run(put('INSERT', 'a', 'g'))
    run(put('REPLACE', 'a', 'g', 5))
    expect((await emitted()).sort()).toEqual([
      'created a-twin/g active 0',
      'created a/g active 0',
      'usage_accounted a-twin/g active 5',
      'usage_accounted a/g active 5',
    ])
  })
})

describe('what a row that was not written has noted', () => {
  it('is not taken for what the next one replaces', async () => {
    const { database, emitted, run } = observed()
    database.exec(`${put('INSERT', 'a', 'g')}; ${put('INSERT OR IGNORE', 'a', 'h')};
      DELETE FROM thread_goals; ${put('INSERT', 'a', 'h')}`)
    expect(await emitted()).toEqual(['created a/g active 0', 'cleared a/g active 0', 'created a/h active 0'])
    run(put('INSERT', 'b', 'x'))
    await emitted()
    run(`UPDATE OR IGNORE thread_goals SET thread_id = 'b' WHERE thread_id = 'a'`)
    run(`UPDATE thread_goals SET tokens_used = 1`)
    expect(await emitted()).toEqual(['usage_accounted a/h active 1', 'usage_accounted b/x active 1'])
  })

  it('in an exec of both', async () => {
    const { database, emitted } = observed()
    database.exec(`${put('INSERT', 'a', 'g')}; ${put('INSERT', 'b', 'h')};
      UPDATE OR IGNORE thread_goals SET thread_id = 'b' WHERE thread_id = 'a'; UPDATE thread_goals SET tokens_used = 1`)
    expect((await emitted()).slice(2)).toEqual(['usage_accounted a/g active 1', 'usage_accounted b/h active 1'])
  })
})
