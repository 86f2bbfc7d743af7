import { describe, expect, it } from 'vitest'
import type { GoalTable } from '../../src/mapping/goal-table.ts'
import { observed } from './observed-goals.ts'

// As numbers both would be 1234567890123456800.
const [A, B] = ['1234567890123456781', '1234567890123456782']

const GOALS: GoalTable = {
  table: 'goals',
  columns: { goalId: 'id', threadId: 'thread', status: 'status' },
  usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens' },
}
const typed = `CREATE TABLE goals (id INTEGER PRIMARY KEY, thread INTEGER UNIQUE, status TEXT DEFAULT 'active');
  CREATE TABLE goal_usage (id INTEGER PRIMARY KEY, goal_id INTEGER REFERENCES goals (id), tokens INTEGER);
  CREATE INDEX usage_goal ON goal_usage (goal_id)`
const untyped = typed.replace('id INTEGER PRIMARY KEY', 'id PRIMARY KEY').replace(/INTEGER (?=UNIQUE|REF)/g, '')

describe('a goal in a column whose collation ignores case', () => {
  it('that is renamed by case alone ends under its old id', async () => {
    const schema = `CREATE TABLE goals (id TEXT PRIMARY KEY COLLATE NOCASE, status TEXT DEFAULT 'active')`
    const { run, emitted } = observed({
      schema,
      options: { tables: [{ table: 'goals', columns: { goalId: 'id', status: 'status' } }] },
    })
    run(`INSERT INTO goals (id) VALUES ('a')`)
    run(`UPDATE goals SET id = 'A'`)
    run('DELETE FROM goals')
    expect(await emitted()).toEqual([
      'created a/a active -',
      'cleared a/a active -',
      'created A/A active -',
      'cleared A/A active -',
    ])
  })
})

describe.each([
  ['integers', typed],
  ['integers in columns without a type', untyped],
])('goals whose ids are %s beyond 2^53', (_, schema) => {
  const goals = (memory = false) =>
    observed({ schema, options: { tables: [GOALS], ...(memory && { durability: 'memory' as const }) } })

  it('are kept apart, with their threads', async () => {
    const { run, emitted } = goals()
    run(`INSERT INTO goals (id, thread) VALUES (${A}, ${B}), (${B}, ${A}), (7, 8)`)
    run(`UPDATE goals SET status = 'paused' WHERE id = ${B}`)
    run('DELETE FROM goals')
    expect((await emitted()).sort()).toEqual(
      [
        `created ${B}/${A} active 0`,
        `created ${A}/${B} active 0`,
        'created 8/7 active 0',
        `status_changed ${A}/${B} paused 0`,
        `cleared ${B}/${A} active 0`,
        `cleared ${A}/${B} paused 0`,
        'cleared 8/7 active 0',
      ].sort(),
    )
  })

  it('have each its own usage', async () => {
    const { database, run, emitted } = goals()
    run(`INSERT INTO goals (id, thread) VALUES (${A}, 1), (${B}, 2)`)
    await emitted()
    database.exec('BEGIN')
    for (const [tokens, goal] of [A, B, A, B].entries()) {
      run(`INSERT INTO goal_usage (goal_id, tokens) VALUES (${goal}, ${tokens + 1})`)
    }
    run(`UPDATE goal_usage SET goal_id = ${A} WHERE tokens = 2`)
    run('DELETE FROM goal_usage WHERE tokens = 1')
    database.exec('COMMIT')
    run(`REPLACE INTO goal_usage (id, goal_id, tokens) VALUES (4, ${A}, 10)`)
    expect((await emitted()).sort()).toEqual(
      [
        `usage_accounted 1/${A} active 1`,
        `usage_accounted 2/${B} active 2`,
        `usage_accounted 1/${A} active 4`,
        `usage_accounted 2/${B} active 6`,
        `usage_accounted 1/${A} active 6`,
        `usage_accounted 2/${B} active 4`,
        `usage_accounted 1/${A} active 5`,
        `usage_accounted 1/${A} active 15`,
        `usage_accounted 2/${B} active 0`,
      ].sort(),
    )
  })

  it.each(['OFF', 'ON'])('are replaced by one another, recursive_triggers %s', async (recursive) => {
    const { database, run, emitted } = goals()
    database.pragma(`recursive_triggers = ${recursive}`)
    run(`INSERT INTO goals (id, thread) VALUES (${A}, ${A}), (${B}, ${B})`)
    await emitted()
    run(`REPLACE INTO goals (id, thread, status) VALUES (${A}, ${B}, 'paused')`)
    // The goal of thread B is another one without a word.
    expect((await emitted()).sort()).toEqual([`cleared ${A}/${A} active 0`, `created ${B}/${A} paused 0`])
  })

  it('are kept apart once their connection is closed', async () => {
    const { database, run, emitted } = goals(true)
    run(`INSERT INTO goals (id, thread) VALUES (${A}, 1), (${B}, 2)`)
    database.close()
    expect(await emitted()).toEqual([`created 1/${A} active 0`, `created 2/${B} active 0`])
  })
})
