import { expect, it, vi } from 'vitest'
import { observed, TABLE, warnings } from './observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`
const COPY = `CREATE TABLE rebuilt (thread_id TEXT PRIMARY KEY, goal_id TEXT, status TEXT DEFAULT 'active', tokens_used INTEGER DEFAULT 0);
  INSERT INTO rebuilt SELECT thread_id, goal_id, status, tokens_used FROM thread_goals`
const DROP = 'DROP TABLE thread_goals'
const RENAME = 'ALTER TABLE rebuilt RENAME TO thread_goals'

function goals(count = 2) {
  const warned = warnings()
  const of = observed()
  for (let n = 0; n < count; n++) of.run(goal(`t${n}`))
  return { ...of, warned }
}

type Goals = ReturnType<typeof goals>

it.each<[string, (goals: Goals) => unknown]>([
  ['exec', ({ database }) => database.exec(DROP)],
  ['a prepared statement', ({ run }) => run('drop table if exists main."thread_goals"')],
  ['exec of several statements', ({ database }) => database.exec(`CREATE TABLE notes (x); ${DROP}; DROP TABLE notes`)],
  ['an exec that fails after it', ({ database }) => expect(() => database.exec(`${DROP}; DROP TABLE none`)).toThrow()],
  ['a transaction', ({ database }) => database.transaction(() => database.exec(DROP))()],
  ['a drop, and a new table of the same name', ({ database }) => database.exec(`${DROP}; ${TABLE}`)],
])('a table of goals that is dropped by %s: one warning says how many goals it had', async (_, drop) => {
  const of = goals()
  drop(of)
  of.observation.close()
  expect(of.warned).toHaveLength(1)
  expect(of.warned[0]).toContain(`thread_goals of ${of.database.name} was dropped with 2 goals in it`)
})

it.each<[string, (goals: Goals) => unknown]>([
  ['is rebuilt in one exec', ({ database }) => database.exec(`${COPY}; ${DROP}; ${RENAME}`)],
  [
    'is rebuilt in a transaction, statement by statement',
    ({ database, run }) =>
      database.transaction(() => {
        database.exec(COPY)
        run(DROP)
        run(RENAME)
      })(),
  ],
  [
    'is rebuilt outside of any',
    ({ database, run }) => {
      database.exec(COPY)
      run(DROP)
      run(RENAME)
    },
  ],
  [
    'comes back by a ROLLBACK',
    ({ run }) => {
      run('BEGIN')
      run(DROP)
      run('ROLLBACK')
    },
  ],
  ['is named by a statement that never runs', ({ database }) => database.prepare(DROP)],
  [
    'was emptied before',
    ({ run }) => {
      run('DELETE FROM thread_goals')
      run(DROP)
    },
  ],
])('a table of goals that %s is not reported as dropped', async (_, change) => {
  const of = goals()
  change(of)
  of.observation.close()
  expect(of.warned).toEqual([])
})

it('a rebuild that its transaction has not finished is awaited, and a drop is reported though the database is never closed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    const { database, run, warned } = goals()
    run('BEGIN')
    database.exec(COPY)
    run(DROP)
    vi.advanceTimersByTime(5000)
    expect(warned).toEqual([])
    run(RENAME)
    run('COMMIT')
    vi.advanceTimersByTime(5000)
    expect(warned).toEqual([])
    run(DROP)
    vi.advanceTimersByTime(5000)
    expect(warned).toHaveLength(1)
  } finally {
    vi.useRealTimers()
  }
})

it('goals that a column says are gone do not count', () => {
  const warned = warnings()
  const { database, run, observation } = observed({
    schema: 'CREATE TABLE goals (id, state, gone)',
    options: {
      tables: [
        {
          table: 'goals',
          columns: { goalId: 'id', status: 'state', deletedAt: 'gone' },
          statuses: { on: 'active', off: 'cleared' },
        },
      ],
    },
  })
  run(`INSERT INTO goals VALUES ('a', 'off', NULL), ('b', 'on', 1), (9007199254740993, 'on', NULL), ('n', NULL, 1)`)
  database.exec('DROP TABLE goals')
  observation.close()
  expect(warned).toHaveLength(1)
  expect(warned[0]).toContain('dropped with 1 goal in it')
})
