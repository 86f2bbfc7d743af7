import { describe, expect, it } from 'vitest'
import type { GoalTable } from '../../src/index.ts'
import { observed } from './observed-goals.ts'

const GOALS: GoalTable = {
  table: 'goals',
  columns: { goalId: 'id', status: 'status', tokenBudget: 'budget', tokensUsed: 'tokens', timeUsedSeconds: 'secs' },
}
const SCHEMA = `CREATE TABLE goals
  (id TEXT PRIMARY KEY, status TEXT DEFAULT 'active', budget REAL, tokens REAL DEFAULT 0, secs REAL DEFAULT 0)`
const UNTYPED = SCHEMA.replaceAll(' REAL', '')

/** What each event has of tokens, seconds and budget. */
function goals(schema = SCHEMA, table = GOALS) {
  const emitted: unknown[] = []
  const exporter = {
    export(records: { attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
      for (const { attributes: of } of records) {
        emitted.push([of['agent_goal.usage.tokens'], of['agent_goal.usage.duration'], of['agent_goal.token_budget']])
      }
      done({ code: 0 })
    },
  }
  const { run, database, observation } = observed({ schema, options: { tables: [table], exporter } })
  return {
    run,
    database,
    async emitted() {
      await observation.flush()
      return emitted.splice(0)
    },
  }
}

describe('fractions of a second', () => {
  it('are reported as the row has them, each growth', async () => {
    const { run, emitted } = goals()
    run(`INSERT INTO goals (id, budget) VALUES ('g', 1000.5)`)
    for (let n = 0; n < 3; n++) run('UPDATE goals SET secs = secs + 0.625')
    for (const by of [0.1, 0.2]) run('UPDATE goals SET tokens = tokens + ?', by)
    run('UPDATE goals SET secs = 2')
    expect(await emitted()).toEqual([
      [0, 0, 1000.5],
      [0, 0.625, 1000.5],
      [0, 1.25, 1000.5],
      [0, 1.875, 1000.5],
      [0.1, 1.875, 1000.5],
      [0.1 + 0.2, 1.875, 1000.5],
      [0.1 + 0.2, 2, 1000.5],
    ])
  })

  it.each<[string, number | undefined]>([
    ["'12.5'", 12.5],
    ["' 12.5 '", 12.5],
    ['-0.125', undefined],
    ['5e-324', 5e-324],
    ['4503599627370495.5', 4503599627370495.5],
    ['9007199254740992', 2 ** 53],
    ['9223372036854774784.0', 2 ** 63 - 1024],
    ['1e300', undefined],
    ['9e999', undefined],
    ["'NaN'", undefined],
    ["'Infinity'", undefined],
    ["'  '", undefined],
    ["'soon'", undefined],
    ["x'3132'", undefined],
    ['NULL', undefined],
  ])('are read where a column says %s', async (value, seconds) => {
    const { run, emitted } = goals(UNTYPED)
    run(`INSERT INTO goals (id) VALUES ('g')`)
    await emitted()
    run(`UPDATE goals SET secs = ${value}, tokens = ${value}`)
    expect(await emitted()).toEqual([[seconds, seconds, undefined]])
    run(`UPDATE goals SET secs = ${value}, tokens = ${value}, budget = 1`)
    expect(await emitted()).toEqual([])
  })

  it('of rows of usage are summed up, and leave nothing when they are taken back', async () => {
    const usage = { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens', seconds: 'secs' }
    const { run, database, emitted } = goals(
      `CREATE TABLE goals (id TEXT PRIMARY KEY, status TEXT DEFAULT 'active');
      CREATE TABLE goal_usage (id INTEGER PRIMARY KEY, goal_id TEXT, tokens REAL, secs REAL);
      CREATE INDEX usage_goal ON goal_usage (goal_id)`,
      { table: 'goals', columns: { goalId: 'id', status: 'status' }, usage },
    )
    const spend = (id: number, amount: number) =>
      run(`REPLACE INTO goal_usage VALUES (?, 'g', ?, ?)`, id, amount, amount)
    run(`INSERT INTO goals (id) VALUES ('g')`)
    spend(1, 0.1)
    spend(2, 0.2)
    expect(await emitted()).toEqual([
      [0, 0, undefined],
      [0.1, 0.1, undefined],
      [0.1 + 0.2, 0.1 + 0.2, undefined],
    ])
    // The same row again changes nothing, whatever the rounding of its sum.
    spend(1, 0.1)
    spend(2, 0.2)
    expect(await emitted()).toEqual([])
    database.exec('BEGIN')
    spend(3, 0.7)
    for (const id of [3, 1, 2]) run('DELETE FROM goal_usage WHERE id = ?', id)
    database.exec('COMMIT')
    expect((await emitted()).at(-1)).toEqual([0, 0, undefined])
  })
})
