import { describe, expect, it } from 'vitest'
import type { GoalTable } from '../../src/index.ts'
import { observeGoals } from '../../src/index.ts'
import { connect, observed, temporaryFile, warnings } from './observed-goals.ts'

const GOALS: GoalTable = {
  table: 'goals',
  columns: { goalId: 'id', status: 'status', tokenBudget: 'budget' },
  usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens', seconds: 'seconds' },
}
const SCHEMA = `
  CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT NOT NULL DEFAULT 'active', budget INTEGER, title TEXT);
  CREATE TABLE goal_usage (id INTEGER PRIMARY KEY, goal_id TEXT NOT NULL REFERENCES goals (id) ON DELETE CASCADE ON UPDATE CASCADE,
    tokens INTEGER, seconds REAL, at TEXT, UNIQUE (goal_id, at));
  CREATE INDEX goal_usage_goal ON goal_usage (goal_id)`
const spend = (goal: string, tokens: number | null, at: string | null = null) =>
  `INSERT INTO goal_usage (goal_id, tokens, at) VALUES ('${goal}', ${tokens}, ${at === null ? 'NULL' : `'${at}'`})`

const goals = (schema = SCHEMA, tables = [GOALS]) => observed({ schema, options: { tables } })

describe('usage in its own table', () => {
  it('is emitted as the sum over its rows, with the status and the budget of the goal', async () => {
    const emitted: Record<string, unknown>[] = []
    const exporter = {
      export(records: { attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
        emitted.push(...records.map(({ attributes }) => attributes))
        done({ code: 0 })
      },
    }
    const { run, observation } = observed({ schema: SCHEMA, options: { tables: [GOALS], exporter } })
    run(`INSERT INTO goals (id, budget) VALUES ('g', 100)`)
    run(`INSERT INTO goal_usage (goal_id, tokens, seconds) VALUES ('g', 30, 1.5), ('g', 12, 1.5)`)
    run(`UPDATE goals SET status = 'complete'`)
    await observation.flush()
    expect(emitted).toMatchObject([
      { 'agent_goal.usage.tokens': 0, 'agent_goal.usage.duration': 0, 'agent_goal.token_budget': 100 },
      { 'agent_goal.usage.tokens': 30, 'agent_goal.usage.duration': 1.5, 'agent_goal.token_budget': 100 },
      { 'agent_goal.usage.tokens': 42, 'agent_goal.usage.duration': 3, 'agent_goal.status': 'active' },
      { 'agent_goal.usage.tokens': 42, 'agent_goal.usage.duration': 3, 'agent_goal.status': 'complete' },
    ])
  })

  it('follows rows that are changed, moved to another goal, and deleted', async () => {
    const { run, emitted } = goals()
    run(`INSERT INTO goals (id) VALUES ('a'), ('b')`)
    run(spend('a', 5))
    run(spend('a', 2))
    await emitted()
    run('UPDATE goal_usage SET tokens = 7 WHERE tokens = 5')
    run(`UPDATE goal_usage SET goal_id = 'b' WHERE tokens = 7`)
    run(`UPDATE goal_usage SET at = 'now'`)
    run('UPDATE goal_usage SET tokens = tokens')
    run('DELETE FROM goal_usage WHERE tokens = 2')
    expect((await emitted()).sort()).toEqual(
      [
        'usage_accounted a/a active 9',
        'usage_accounted b/b active 7',
        'usage_accounted a/a active 2',
        'usage_accounted a/a active 0',
      ].sort(),
    )
  })

  it('is rolled back with its transaction, and its savepoint', async () => {
    const { database, run, emitted } = goals()
    run(`INSERT INTO goals (id) VALUES ('g')`)
    database.exec('BEGIN')
    run(spend('g', 1))
    database.exec('SAVEPOINT s')
    run(spend('g', 10))
    database.exec('ROLLBACK TO s')
    run(spend('g', 100))
    database.exec('COMMIT')
    database.exec('BEGIN')
    run(spend('g', 1000))
    database.exec('ROLLBACK')
    expect(await emitted()).toEqual([
      'created g/g active 0',
      'usage_accounted g/g active 1',
      'usage_accounted g/g active 101',
    ])
  })

  it('goes on after the schema has changed, though a table that is mapped before it is not there yet', async () => {
    const later: GoalTable = { table: 'later', columns: { goalId: 'id', status: 'status' } }
    const { database, run, emitted, observation } = goals(SCHEMA, [later, GOALS])
    const triggers = () => database.prepare(`SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger'`).pluck()
    run(`INSERT INTO goals (id) VALUES ('g')`)
    run(spend('g', 1))
    database.exec('CREATE TABLE notes (text)')
    run(spend('g', 10))
    database.exec('CREATE TABLE later (id TEXT PRIMARY KEY, status TEXT)')
    run(`INSERT INTO later VALUES ('l', 'active')`)
    run(spend('g', 100))
    expect(await emitted()).toEqual([
      'created g/g active 0',
      'usage_accounted g/g active 1',
      'usage_accounted g/g active 11',
      'created l/l active -',
      'usage_accounted g/g active 111',
    ])
    observation.close()
    expect(triggers().get()).toBe(0)
  })

  it('may be there before its goal', async () => {
    const { database, run, emitted } = goals()
    database.pragma('foreign_keys = OFF')
    run(spend('g', 5))
    run(`INSERT INTO goals (id) VALUES ('g')`)
    run(spend('g', 1))
    expect(await emitted()).toEqual(['created g/g active 5', 'usage_accounted g/g active 6'])
  })

  it('goes with its goal, whose end has it for the last time', async () => {
    const { run, emitted, database } = goals()
    run(`INSERT INTO goals (id) VALUES ('g'), ('h')`)
    run(`INSERT INTO goal_usage (goal_id, tokens) VALUES ('g', 5), ('g', 6), ('h', 1)`)
    await emitted()
    run('DELETE FROM goals')
    expect(await emitted()).toEqual(['cleared g/g active 11', 'cleared h/h active 1'])
    expect(database.prepare('SELECT count(*) FROM goal_usage').pluck().get()).toBe(0)
  })

  it('goes with a goal that is replaced, and stays with one that is not its parent', async () => {
    const { run, emitted, database } = goals()
    run(`INSERT INTO goals (id) VALUES ('g')`)
    run(spend('g', 5))
    run(`REPLACE INTO goals (id, status) VALUES ('g', 'paused')`)
    expect(await emitted()).toEqual([
      'created g/g active 0',
      'usage_accounted g/g active 5',
      'usage_accounted g/g paused 0',
      'status_changed g/g paused 0',
    ])
    database.pragma('foreign_keys = OFF')
    run(spend('g', 7))
    run(`REPLACE INTO goals (id, status) VALUES ('g', 'active')`)
    expect(await emitted()).toEqual(['usage_accounted g/g paused 7', 'status_changed g/g active 7'])
  })

  it.each([0, 1])('of rows that a REPLACE removes is emitted too, recursive_triggers = %i', async (recursive) => {
    const { run, emitted, database } = goals()
    database.pragma(`recursive_triggers = ${recursive}`)
    run(`INSERT INTO goals (id) VALUES ('a'), ('b')`)
    run(spend('a', 5, 'monday'))
    run(spend('a', 3, 'tuesday'))
    await emitted()
    run(`REPLACE INTO goal_usage (id, goal_id, tokens) VALUES (1, 'b', 9)`)
    expect((await emitted()).sort()).toEqual(['usage_accounted a/a active 3', 'usage_accounted b/b active 9'])
    run(spend('a', 3, 'tuesday').replace('INSERT', 'REPLACE'))
    const again = await emitted()
    expect(again.at(-1) ?? 'usage_accounted a/a active 3').toBe('usage_accounted a/a active 3')
    if (recursive === 0) expect(again).toEqual([])
    run(`UPDATE OR REPLACE goal_usage SET goal_id = 'a', at = 'tuesday' WHERE goal_id = 'b'`)
    expect((await emitted()).at(-1)).toMatch(/usage_accounted (?:a\/a active 9|b\/b active 0)/)
    run(`INSERT OR IGNORE INTO goal_usage (goal_id, tokens, at) VALUES ('a', 50, 'tuesday')`)
    expect(await emitted()).toEqual([])
    run(`${spend('a', 4, 'tuesday')} ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens`)
    expect(await emitted()).toEqual(['usage_accounted a/a active 13'])
  })

  it('of a goal that is deleted softly is not emitted', async () => {
    const schema = SCHEMA.replace('title TEXT', 'deleted_at TEXT')
    const tables = [{ ...GOALS, columns: { ...GOALS.columns, deletedAt: 'deleted_at' } }]
    const { run, emitted, database } = goals(schema, tables)
    run(`INSERT INTO goals (id) VALUES ('g')`)
    run(spend('g', 5))
    run(`UPDATE goals SET deleted_at = 'now'`)
    run(spend('g', 5))
    expect(await emitted()).toEqual(['created g/g active 0', 'usage_accounted g/g active 5', 'cleared g/g active 5'])
    expect(database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()).toBeLessThan(4)
  })

  it('beside a column of the goal, for what is not kept in rows', async () => {
    const tables: GoalTable[] = [
      {
        table: 'goals',
        columns: { goalId: 'id', status: 'status', timeUsedSeconds: 'budget' },
        usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens' },
      },
    ]
    const { run, emitted } = goals(SCHEMA, tables)
    run(`INSERT INTO goals (id, budget) VALUES ('g', 1)`)
    run(spend('g', 5))
    run('UPDATE goals SET budget = 2')
    expect(await emitted()).toEqual([
      'created g/g active 0',
      'usage_accounted g/g active 5',
      'usage_accounted g/g active 5',
    ])
  })

  it('that is not a number, or too large for one, fails nothing', async () => {
    const { run, emitted } = goals()
    run(`INSERT INTO goals (id) VALUES ('g')`)
    run(`INSERT INTO goal_usage (goal_id, tokens) VALUES ('g', 'many'), ('g', NULL), ('g', x'00'), ('g', 3)`)
    run(`INSERT INTO goal_usage (goal_id, tokens) VALUES ('g', 9223372036854775807), ('g', 9223372036854775807)`)
    expect((await emitted()).slice(0, 2)).toEqual(['created g/g active 0', 'usage_accounted g/g active 3'])
  })

  it("leaves what the agent's own SQL returns as it is", () => {
    const { database } = goals()
    database.pragma('foreign_keys = OFF')
    database.exec(`INSERT INTO goals (id) VALUES ('g')`)
    database.exec('CREATE TABLE other (id INTEGER PRIMARY KEY)')
    const { changes, lastInsertRowid } = database.prepare(`${spend('g', 1)}, ('none', 2, NULL)`).run()
    expect([changes, Number(lastInsertRowid)]).toEqual([2, 2])
    const row = `SELECT changes() AS changes, last_insert_rowid() AS id`
    expect(database.prepare(row).get()).toEqual({ changes: 2, id: 2 })
    expect(database.prepare('DELETE FROM goal_usage RETURNING tokens').all()).toEqual([{ tokens: 1 }, { tokens: 2 }])
  })

  it('in a table that is made later, or not at all', async () => {
    const [table = '', usage = ''] = SCHEMA.split(/(?<=;)/)
    const { run, emitted, database } = goals(table)
    run(`INSERT INTO goals (id) VALUES ('g')`)
    expect(await emitted()).toEqual(['created g/g active -'])
    database.exec(usage)
    run(spend('g', 5))
    expect(await emitted()).toEqual(['usage_accounted g/g active 5'])
    const other = connect(database.name)
    other.exec('ALTER TABLE goal_usage DROP COLUMN seconds')
    run(spend('g', 5))
    expect(await emitted()).toEqual(['usage_accounted g/g active 10'])
    other.exec('DROP TABLE goal_usage')
    run(`UPDATE goals SET status = 'paused'`)
    expect(await emitted()).toEqual(['status_changed g/g paused -'])
  })

  it('without an index on the goal is warned of, once', async () => {
    const warned = warnings()
    const { run, emitted } = goals(`CREATE TABLE goals (id, status); CREATE TABLE goal_usage (goal_id, tokens)`)
    run(`INSERT INTO goals VALUES (1, 'active')`)
    run(`INSERT INTO goal_usage VALUES (1, 5)`)
    expect(await emitted()).toEqual(['created 1/1 active 0', 'usage_accounted 1/1 active 5'])
    expect(warned).toEqual([expect.stringContaining('CREATE INDEX goal_usage_goal_id ON goal_usage (goal_id)')])
  })
})

describe('a mapping of usage that cannot be meant', () => {
  const USAGE = GOALS.usage
  it.each([
    [[{ ...GOALS, usage: { ...USAGE, goalId: 7 } }], 'tables[0].usage.goalId is 7; expected a name'],
    [
      [{ ...GOALS, usage: { table: 'u', goalId: 'g' } }],
      'tables[0].usage has neither tokens nor seconds; map one of them or both',
    ],
    [[{ ...GOALS, usage: { ...USAGE, at: 'at' } }], 'tables[0].usage.at is unknown; the keys are table, goalId'],
    [
      [{ ...GOALS, columns: { ...GOALS.columns, tokensUsed: 'used' } }],
      'tables[0].usage.tokens has the meaning of columns.tokensUsed; map one of them',
    ],
    [
      [{ ...GOALS, usage: { ...USAGE, table: 'GOALS' } }],
      'tables[0].usage.table is mapped by tables[0] as a table of goals; map it once',
    ],
  ])('%j is refused', (tables, sentence) => {
    const database = connect(temporaryFile())
    expect(() => observeGoals(database, { tables: tables as never })).toThrow(TypeError)
    expect(() => observeGoals(database, { tables: tables as never })).toThrow(sentence)
  })
})
