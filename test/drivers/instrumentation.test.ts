import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { GoalInstrumentation, observeGoals } from '../../src/index.ts'
import { TABLE, temporaryFile } from '../capture/observed-goals.ts'

const goal = (thread: string) => `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('${thread}', 'g')`
const OUTBOX = `SELECT thread FROM _goaltrace_outbox`

function open(): DatabaseSync {
  const database = new DatabaseSync(temporaryFile())
  onTestFinished(() => database.close())
  database.exec(TABLE)
  return database
}

it('GoalInstrumentation observes a DatabaseSync, loaded and opened before it or not, until it is disabled', () => {
  const before = open()
  const instrumentation = new GoalInstrumentation({ exporter: { export: (_, done) => done({ code: 0 }) } })
  const after = open()
  for (const database of [before, after]) {
    database.exec(goal('a'))
    expect(database.prepare(OUTBOX).all()).toEqual([{ thread: 'a' }])
  }
  instrumentation.disable()
  const later = open()
  later.exec(goal('a'))
  expect(() => later.prepare(OUTBOX)).toThrow('no such table')
  instrumentation.enable()
  later.exec(goal('b'))
  expect(later.prepare(OUTBOX).all()).toEqual([{ thread: 'b' }])
  // Its own observation replaces the other one: each change is recorded once.
  observeGoals(later, { exporter: { export: (_, done) => done({ code: 0 }) } })
  later.exec(goal('c'))
  expect(later.prepare(OUTBOX).all()).toEqual([{ thread: 'b' }, { thread: 'c' }])
})
