import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import BetterSqlite3 from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { createObservation, type GoalObservation, observeGoals, settingsOf } from '../../src/api/observe-goals.ts'
import { type ObserveOptions, withConfiguration } from '../../src/api/observe-options.ts'
import { relayOf } from '../../src/delivery/relays.ts'
import type { BetterSqlite3Database } from '../../src/sqlite/better-sqlite3/database.ts'
import { betterSqlite3 } from '../../src/sqlite/better-sqlite3/driver.ts'
import { connectionOf } from '../../src/sqlite/drivers.ts'
import { observeFromStart } from '../../src/sqlite/observations.ts'
import { resultCode } from '../../src/sqlite/result-code.ts'
import { NodeSqliteDatabase } from './node-sqlite-database.ts'

/** Each test that opens its databases by this runs twice, with either driver: see vitest.config.ts. */
export const isNodeSqlite = process.env.GOALTRACE_TEST_DRIVER === 'node:sqlite'
export const Database = (isNodeSqlite ? NodeSqliteDatabase : BetterSqlite3) as typeof BetterSqlite3
export type Database = BetterSqlite3.Database

/** The result code of a failure, as `SQLITE_BUSY`, or `ok`. */
export function code(run: () => unknown): string {
  try {
    run()
    return 'ok'
  } catch (error) {
    return resultCode(error)
  }
}

export const TABLE = `CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL,
  goal_id TEXT NOT NULL,
  objective TEXT NOT NULL DEFAULT 'Objective',
  status TEXT NOT NULL DEFAULT 'active'
    CHECK (status IN ('active','paused','blocked','usage_limited','budget_limited','complete')),
  token_budget INTEGER,
  tokens_used INTEGER NOT NULL DEFAULT 0,
  time_used_seconds INTEGER NOT NULL DEFAULT 0
)`

export interface Observed {
  readonly database: Database
  readonly observation: GoalObservation
  /** Delivers, and returns what was emitted since the last call: `kind thread/goal status tokens`. */
  emitted(): Promise<string[]>
  /** Runs one statement. */
  run(sql: string, ...parameters: unknown[]): BetterSqlite3.RunResult
}

const PREFIX = join(tmpdir(), 'goaltrace-capture-')
/** Those of the running test. */
const folders = new Set<string>()

/** A new file for the running test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(PREFIX)
  folders.add(folder)
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  onTestFinished(() => {
    folders.delete(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return join(folder, 'goals.sqlite')
}

export function connect(file: string, options?: BetterSqlite3.Options): Database {
  const database = new Database(file, options)
  onTestFinished(() => void database.close())
  return database
}

/** An observed connection to a new file, or to the given one. */
export function observed(
  given: { file?: string; schema?: string; connection?: BetterSqlite3.Options; options?: ObserveOptions } = {},
): Observed {
  const database = connect(given.file ?? temporaryFile(), given.connection)
  database.pragma('journal_mode = WAL')
  if (given.schema !== '' && given.file === undefined) database.exec(given.schema ?? TABLE)
  return observe(database, given.options)
}

export function observe(database: Database, options: ObserveOptions = {}): Observed {
  const events: string[] = []
  const exporter = {
    export(records: { eventName: string; attributes: Record<string, unknown> }[], done: (_: { code: number }) => void) {
      for (const { eventName, attributes: of } of records) {
        const goal = `${of['gen_ai.conversation.id']}/${of['agent_goal.id']}`
        const kind = eventName.replace('agent_goal.', '')
        events.push(`${kind} ${goal} ${of['agent_goal.status']} ${of['agent_goal.usage.tokens'] ?? '-'}`)
      }
      done({ code: 0 })
    },
  }
  const observation = begin(database, { exporter, ...options })
  return {
    database,
    observation,
    async emitted() {
      await observation.flush()
      return events.splice(0)
    },
    run: (sql, ...parameters) => database.prepare(sql).run(...parameters),
  }
}

/** By observeGoals(), or as GoalInstrumentation does where it was there before the first statement. */
function begin(database: Database, options: ObserveOptions): GoalObservation {
  if (process.env.GOALTRACE_TEST_OBSERVED !== 'from the start') return observeGoals(database, options)
  const connection = database as unknown as BetterSqlite3Database
  const known = withConfiguration(options)
  const settings = settingsOf(known)
  const observation = createObservation(connection, known, settings)
  betterSqlite3.patchClassOf(connection)
  observeFromStart(connection, observation)
  observation.attach()
  return {
    flush: async () => void (await relayOf(connectionOf(connection), settings).drain()),
    close: () => observation.close(),
  }
}

/** goaltrace's warnings while the test runs, but for those of earlier tests' files, which are removed before their last drain. */
export function warnings(): string[] {
  const warned: string[] = []
  const nothing = () => {}
  const warn = (text: string) => {
    if (!text.includes(PREFIX) || [...folders].some((folder) => text.includes(folder))) warned.push(text)
  }
  const logger = { error: nothing, warn, info: nothing, debug: nothing }
  diag.setLogger({ ...logger, verbose: nothing }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  onTestFinished(() => diag.disable())
  return warned
}
