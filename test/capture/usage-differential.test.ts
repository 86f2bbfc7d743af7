import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/api/observe-goals.ts'
import type { GoalTable } from '../../src/mapping/goal-table.ts'
import { ROW_COLUMNS } from '../../src/outbox/outbox-rows.ts'
import type { OutboxRow } from '../../src/outbox/outbox-table.ts'
import { resultCode } from '../../src/sqlite/result-code.ts'
import { NodeSqliteDatabase } from './node-sqlite-database.ts'
import { Database, temporaryFile } from './observed-goals.ts'
import { changesOf, randomOf } from './random-operations.ts'

/** As differential.test.ts, with the usage of goals in its own table: the rows say what a join says. */
const SEEDS = 100
const OPERATIONS = 100

const GOALS: GoalTable = {
  table: 'goals',
  columns: { goalId: 'id', status: 'status' },
  usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens' },
}

function play(seed: number, sabotage?: (database: Database) => void): number {
  const { next, of } = randomOf(seed)
  const cascades = seed % 2 === 0
  const database = new Database(':memory:')
  database.pragma(`foreign_keys = ${cascades ? 'ON' : 'OFF'}`)
  database.exec(`CREATE TABLE goals (id TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL CHECK (status <> 'wrong'));
    CREATE TABLE goal_usage (${seed % 3 === 0 ? 'id TEXT PRIMARY KEY NOT NULL' : 'id INTEGER PRIMARY KEY'},
      goal_id TEXT NOT NULL REFERENCES goals (id) ON DELETE CASCADE, tokens INTEGER CHECK (tokens <> 13), day INTEGER,
      UNIQUE (goal_id, day))${seed % 3 === 0 ? ' WITHOUT ROWID' : ''};
    CREATE INDEX usage_goal ON goal_usage (goal_id)`)
  if (seed % 4 >= 2) {
    database.exec(`CREATE UNIQUE INDEX one ON goal_usage (goal_id, tokens) WHERE tokens > 1;
      CREATE UNIQUE INDEX two ON goal_usage (tokens) WHERE day = 2`)
  }
  if (seed % 5 === 0) database.pragma('recursive_triggers = ON')
  const observation = observeGoals(database, { tables: [GOALS], exporter: { export: (_, done) => done({ code: 0 }) } })
  database.prepare(`INSERT INTO goals VALUES ('g0', 'active')`).run()
  sabotage?.(database)

  const model = new Map<string, string>()
  let seen = 0
  const outbox = database.prepare(`SELECT ${ROW_COLUMNS} FROM _goaltrace_outbox WHERE seq > ? ORDER BY seq`)
  const table = database.prepare(`SELECT goals.id, status, coalesce(sum(tokens), 0) AS tokens
    FROM goals LEFT JOIN goal_usage ON goal_id = goals.id GROUP BY goals.id ORDER BY goals.id`)
  const check = () => {
    const rows = outbox.all(seen) as OutboxRow[]
    seen = rows.at(-1)?.seq ?? seen
    for (const { before, after } of changesOf(rows, GOALS)) {
      if (before !== null) {
        const had = `${before.status} ${before.tokensUsed}`
        expect(model.get(before.goalId), `seed ${seed}: what ${before.goalId} was`).toBe(had)
        model.delete(before.goalId)
      }
      if (after === null) continue
      expect(model.get(after.goalId), `seed ${seed}: what ${after.goalId} replaces`).toBeUndefined()
      model.set(after.goalId, `${after.status} ${after.tokensUsed}`)
    }
    const there = (table.all() as Record<string, never>[]).map(({ id, status, tokens }) => [id, `${status} ${tokens}`])
    expect([...model].sort(), `seed ${seed}`).toEqual(there)
  }

  const goal = () => `'g${next(4)}'`
  const id = () => (seed % 3 === 0 ? `'u${next(12)}'` : of(['NULL', 'NULL', String(next(12))]))
  // Eighths, whose sums are exact in whatever order.
  const fraction = seed % 7 === 0 ? '.625' : ''
  const tokens = () => of(['NULL', '0', `1${fraction}`, `2${fraction}`, '5', '13'])
  const row = () => `(${id()}, ${goal()}, ${tokens()}, ${of(['NULL', '1', '2'])})`
  const rows = () => Array.from({ length: 1 + next(3) }, row).join(', ')
  const conflict = () => of(['', '', ' OR REPLACE', ' OR REPLACE', ' OR IGNORE', ' OR FAIL', ' OR ROLLBACK'])
  const set = () =>
    of([
      () => `tokens = ${tokens()}`,
      () => `tokens = tokens + ${next(3)}`,
      () => `goal_id = ${goal()}`,
      () => `goal_id = ${goal()}, day = ${next(3)}, tokens = ${tokens()}`,
      () => `id = ${seed % 3 === 0 ? `'u${next(12)}'` : next(12)}`,
      () => `id = ${seed % 3 === 0 ? `'u${next(12)}'` : next(12)}, tokens = ${tokens()}`,
    ])()
  const statement = () =>
    of([
      () => `INSERT${conflict()} INTO goals VALUES (${goal()}, '${of(['active', 'paused', 'wrong'])}')`,
      () => `INSERT INTO goals VALUES (${goal()}, 'active') ON CONFLICT DO UPDATE SET status = 'blocked'`,
      () => `UPDATE goals SET status = '${of(['active', 'complete'])}' WHERE id = ${goal()}`,
      () => (cascades ? 'DELETE FROM goals' : `UPDATE${conflict()} goals SET id = ${goal()} WHERE id = ${goal()}`),
      () => `DELETE FROM goals WHERE id = ${goal()}`,
      () => `INSERT${conflict()} INTO goal_usage VALUES ${rows()}`,
      () => `INSERT${conflict()} INTO goal_usage VALUES ${rows()}`,
      () => `INSERT INTO goal_usage VALUES ${row()} ON CONFLICT DO UPDATE SET ${set()}`,
      () => `INSERT INTO goal_usage VALUES ${rows()} ON CONFLICT DO NOTHING`,
      () => `UPDATE${conflict()} goal_usage SET ${set()} WHERE goal_id = ${goal()}`,
      () => `UPDATE${conflict()} goal_usage SET ${set()}`,
      () => `DELETE FROM goal_usage WHERE goal_id = ${goal()}`,
      () => `DELETE FROM goal_usage WHERE tokens > ${next(4)}`,
    ])()
  const attempt = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      const { message } = error as Error
      if (
        !resultCode(error).startsWith('SQLITE_CONSTRAINT') &&
        !/^thrown$|no such savepoint|no transaction/.test(message)
      )
        throw error
    }
  }
  const step = (depth: number): unknown => {
    switch (next(depth < 3 ? 6 : 4)) {
      case 0:
        return attempt(() => database.exec(`${statement()}; ${statement()}`))
      case 4:
        return attempt(() =>
          database.transaction(() => {
            for (let n = next(4); n >= 0; n--) step(depth + 1)
            if (next(3) === 0) throw new Error('thrown')
          })(),
        )
      case 5:
        return attempt(() => {
          database.exec(`SAVEPOINT s${depth}`)
          for (let n = next(4); n >= 0; n--) step(depth + 1)
          if (next(3) === 0) database.exec(`ROLLBACK TO s${depth}`)
          database.exec(`RELEASE s${depth}`)
        })
      default:
        return attempt(() => database.prepare(statement()).run())
    }
  }
  check()
  for (let n = 0; n < OPERATIONS; n++) {
    step(0)
    if (database.inTransaction) database.exec('ROLLBACK')
    check()
  }
  observation.close()
  database.close()
  return seen
}

describe(`${SEEDS} times ${OPERATIONS} random operations on goals and their usage`, () => {
  it('are emitted exactly, at every commit', { timeout: 300_000 }, () => {
    temporaryFile()
    let changes = 0
    for (let seed = 1; seed <= SEEDS; seed++) changes += play(seed)
    expect(changes).toBeGreaterThan(SEEDS * 50)
  })

  it.each([
    'usage_insert',
    'usage_update',
    'usage_leave',
    'usage_delete',
    'usage_before_insert',
    'usage_before_update',
    'usage_insert_elsewhere',
    'usage_update_elsewhere',
    'before_delete',
  ])('are not without the %s trigger', (name) => {
    temporaryFile()
    const sabotage = (database: Database) => {
      const drop = `DROP TRIGGER temp._goaltrace_0_${name}`
      if (database instanceof NodeSqliteDatabase) return database.execUnobserved(drop)
      const inner = Object.getOwnPropertySymbols(database).map((symbol) => (database as never)[symbol])[0] as never
      ;(inner as Database).exec(drop)
    }
    const failing = Array.from({ length: 20 }, (_, seed) => {
      try {
        play(seed + 1, sabotage)
        return 0
      } catch {
        return 1 as number
      }
    })
    expect(failing.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(1)
  })
})
