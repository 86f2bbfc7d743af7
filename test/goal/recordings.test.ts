import { readFileSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { parseSteps, playSteps } from '../../src/cli/demo/steps.ts'
import { goalEvents } from '../../src/event/goal-event.ts'
import { type GoalCause, GoalRuntime } from '../../src/goal/goal-runtime.ts'
import { SqliteGoalStore } from '../../src/goal/sqlite-goal-store.ts'
import { type GoalRow, paramsOf, snapshotOf } from './goal-row.ts'
import { comparable, type GoldenParams, goldenParams, RECORDINGS, recordings } from './golden.ts'
import { temporaryDatabase } from './temporary-database.ts'

describe('the steps of real Codex, replayed through the runtime and the store', () => {
  it(`are in ${RECORDINGS}`, () => {
    expect(recordings()).not.toHaveLength(0)
  })

  for (const { name, stepsFile, goldenFile } of recordings()) {
    it(`${name}: give the events of Codex`, () => {
      const played = play(readFileSync(stepsFile, 'utf8'), stepsFile)
      const { actual, expected } = comparable(played, goldenParams(goldenFile))
      expect(actual).toEqual(expected)
    })
  }
})

function play(steps: string, file: string): Partial<GoldenParams>[] {
  const database = temporaryDatabase().connect()
  database.pragma('journal_mode = WAL')
  let cause: GoalCause | undefined
  const clock = { now: 1_795_346_004_000 }
  const store = new SqliteGoalStore(database, { now: () => clock.now })
  const runtime = new GoalRuntime(store, {
    now: () => clock.now,
    within: (ofMutation, mutate) => {
      cause = ofMutation
      try {
        return mutate()
      } finally {
        cause = undefined
      }
    },
  })
  database.function('cause', () => (cause ? JSON.stringify(cause) : null))
  audit(database)
  const refused = () => {}
  for (const _ of playSteps(parseSteps(steps, file), runtime, clock, refused));
  return changesOf(database).flatMap(({ before, after, cause }) =>
    goalEvents({ before: snapshotOf(before), after: snapshotOf(after) }).flatMap((event) => {
      expect(cause?.threadId).toBe(event.goal.threadId)
      return paramsOf(event).map((params) => ({ ...params, turn_id: cause?.turnId ?? null }))
    }),
  )
}

function audit(database: Database.Database): void {
  const columns = (database.pragma('table_info(thread_goals)') as { name: string }[]).map((column) => column.name)
  const row = (version: string) => `json_object(${columns.map((name) => `'${name}', ${version}.${name}`).join(', ')})`
  database.exec(`
    CREATE TABLE audit (seq INTEGER PRIMARY KEY, before, after, cause);
    CREATE TRIGGER inserted AFTER INSERT ON thread_goals
      BEGIN INSERT INTO audit (after, cause) VALUES (${row('NEW')}, cause()); END;
    CREATE TRIGGER updated AFTER UPDATE ON thread_goals
      BEGIN INSERT INTO audit (before, after, cause) VALUES (${row('OLD')}, ${row('NEW')}, cause()); END;
    CREATE TRIGGER deleted AFTER DELETE ON thread_goals
      BEGIN INSERT INTO audit (before, cause) VALUES (${row('OLD')}, cause()); END;`)
}

function changesOf(database: Database.Database) {
  const parsed = <T>(text: string | null): T | null => (text === null ? null : JSON.parse(text))
  const rows = database.prepare('SELECT * FROM audit ORDER BY seq').all() as Record<string, string | null>[]
  return rows.map(({ before = null, after = null, cause = null }) => ({
    before: parsed<GoalRow>(before),
    after: parsed<GoalRow>(after),
    cause: parsed<GoalCause>(cause),
  }))
}
