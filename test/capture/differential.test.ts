import { describe, expect, it } from 'vitest'
import { observeGoals } from '../../src/api/observe-goals.ts'
import type { GoalChange, GoalSnapshot } from '../../src/event/goal-change.ts'
import { THREAD_GOALS } from '../../src/mapping/goal-table.ts'
import { ROW_COLUMNS } from '../../src/outbox/outbox-rows.ts'
import type { OutboxRow } from '../../src/outbox/outbox-table.ts'
import { resultCode } from '../../src/sqlite/result-code.ts'
import { NodeSqliteDatabase } from './node-sqlite-database.ts'
import { Database, temporaryFile } from './observed-goals.ts'
import { changesOf, randomOf } from './random-operations.ts'

/**
 * Random operations, and a model that knows of the table only what the outbox says: at every commit both have to be the
 * same, and each change's old row the very one that the model has.
 */
const SEEDS = 200
const OPERATIONS = 100

function play(seed: number, sabotage?: (database: Database) => void): { changes: number; commits: number } {
  const { next, of } = randomOf(seed)
  const database = new Database(':memory:')
  database.exec(`CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL,
    objective TEXT NOT NULL DEFAULT 'o', status TEXT NOT NULL CHECK (status <> 'wrong'), token_budget INTEGER,
    tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0${seed % 3 === 0 ? ', UNIQUE (goal_id)' : ''}
    )${seed % 2 === 0 ? ' WITHOUT ROWID' : ''}`)
  if (seed % 4 >= 2) {
    database.exec(`CREATE UNIQUE INDEX one ON thread_goals (goal_id) WHERE status = 'active';
      CREATE UNIQUE INDEX two ON thread_goals (goal_id, time_used_seconds) WHERE token_budget > 20 OR tokens_used = 3`)
  }
  if (seed % 5 === 0) database.pragma('recursive_triggers = ON')
  const observation = observeGoals(database, { exporter: { export: (_, done) => done({ code: 0 }) } })
  database.prepare(`INSERT INTO thread_goals (thread_id, goal_id, status) VALUES ('t0', 'g0', 'active')`).run()
  sabotage?.(database)

  const model = new Map<string, string>()
  let seen = 0
  let commits = 0
  const outbox = database.prepare(`SELECT ${ROW_COLUMNS} FROM _goaltrace_outbox WHERE seq > ? ORDER BY seq`)
  const table = database.prepare('SELECT * FROM thread_goals ORDER BY thread_id')
  const check = () => {
    commits++
    const rows = outbox.all(seen) as OutboxRow[]
    seen = rows.at(-1)?.seq ?? seen
    for (const change of changesOf(rows, THREAD_GOALS)) apply(model, change, seed)
    const there = (table.all() as Record<string, never>[]).map((row) => [
      keyOf(String(row.thread_id), String(row.goal_id)),
      textOfRow(row),
    ])
    expect([...model].sort(), `seed ${seed}`).toEqual(there.sort())
  }

  const thread = () => `t${next(5)}`
  const goal = () => `g${next(6)}`
  const row = () => `('${thread()}', '${goal()}', '${of(['active', 'paused', 'complete'])}', ${next(9)})`
  const rows = () => Array.from({ length: 1 + next(3) }, row).join(', ')
  const set = () =>
    of([
      () => `tokens_used = tokens_used + ${next(3)}`,
      () => `time_used_seconds = ${next(3)}, token_budget = ${next(50)}`,
      () => `status = '${of(['active', 'blocked', 'wrong'])}'`,
      () => `goal_id = '${goal()}'`,
      () => `thread_id = '${thread()}'`,
      () => `thread_id = '${thread()}', tokens_used = ${next(5)}`,
    ])()
  const conflict = () =>
    of(['', '', ' OR REPLACE', ' OR REPLACE', ' OR IGNORE', ' OR FAIL', ' OR ROLLBACK', ' OR ABORT'])
  const into = 'INTO thread_goals (thread_id, goal_id, status, tokens_used) VALUES'
  const statement = () =>
    of([
      () => `INSERT${conflict()} ${into} ${rows()}`,
      () => `REPLACE ${into} ${rows()}`,
      () => `INSERT ${into} ${rows()} ON CONFLICT (thread_id) DO UPDATE SET ${set()}`,
      () => `INSERT ${into} ${rows()} ON CONFLICT DO NOTHING`,
      () => `UPDATE${conflict()} thread_goals SET ${set()} WHERE thread_id = '${thread()}'`,
      () => `UPDATE${conflict()} thread_goals SET ${set()}`,
      () => `DELETE FROM thread_goals WHERE thread_id = '${thread()}'`,
      () => `DELETE FROM thread_goals WHERE tokens_used > ${next(20)}`,
      () => 'DELETE FROM thread_goals',
    ])()
  const attempt = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      const { message } = error as Error
      // OR ROLLBACK ends the transaction, savepoints and all, before those who began them do.
      if (
        !resultCode(error).startsWith('SQLITE_CONSTRAINT') &&
        !/^thrown$|no such savepoint|no transaction/.test(message)
      )
        throw error
    }
  }
  const step = (depth: number): unknown => {
    switch (next(depth < 3 ? 8 : 5)) {
      case 0:
        return attempt(() => database.exec(`${statement()}; ${statement()}`))
      case 1:
        return attempt(() => database.prepare(`${statement()} RETURNING thread_id`).get())
      case 2:
        return attempt(() => {
          for (const _ of database.prepare(`${statement()} RETURNING thread_id`).iterate()) if (next(2) === 0) break
        })
      case 5:
        return attempt(() =>
          database.transaction(() => {
            for (let n = next(4); n >= 0; n--) step(depth + 1)
            if (next(3) === 0) throw new Error('thrown')
          })(),
        )
      case 6:
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
  return { changes: seen, commits }
}

function apply(model: Map<string, string>, { before, after }: GoalChange, seed: number): void {
  if (before !== null) {
    const key = keyOf(before.threadId, before.goalId)
    expect(model.get(key), `seed ${seed}: the old row of ${key}`).toBe(textOf(before))
    model.delete(key)
  }
  if (after === null) return
  const key = keyOf(after.threadId, after.goalId)
  expect(model.get(key), `seed ${seed}: what ${key} replaces`).toBeUndefined()
  model.set(key, textOf(after))
}

/** A goal that takes another's place on its thread is another one, whose course is its own. */
function keyOf(thread: string, goal: string): string {
  return `${thread}/${goal}`
}

function textOf({ goalId, status, tokensUsed, timeUsedSeconds }: GoalSnapshot): string {
  return `${goalId} ${status} ${tokensUsed} ${timeUsedSeconds}`
}

function textOfRow({ goal_id, status, tokens_used, time_used_seconds }: Record<string, never>): string {
  return `${goal_id} ${status} ${tokens_used} ${time_used_seconds}`
}

describe(`${SEEDS} times ${OPERATIONS} random operations`, () => {
  it('are emitted exactly, at every commit', { timeout: 300_000 }, () => {
    temporaryFile()
    let changes = 0
    for (let seed = 1; seed <= SEEDS; seed++) changes += play(seed).changes
    expect(changes).toBeGreaterThan(SEEDS * OPERATIONS)
  })

  it.each(['insert', 'update', 'move', 'delete', 'before_insert', 'before_update'])(
    'are not without the %s trigger',
    (name) => {
      temporaryFile()
      const sabotage = (database: Database) => {
        const drop = `DROP TRIGGER temp._goaltrace_0_${name}`
        if (database instanceof NodeSqliteDatabase) return database.execUnobserved(drop)
        // By goaltrace's own statements, as a DROP by the agent's would make it attach again.
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
      expect(failing.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(10)
    },
  )
})
