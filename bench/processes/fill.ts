import Database from 'better-sqlite3'
import { observeGoals } from '../../src/api/observe-goals.ts'

/**
 * An agent that dies before anything is delivered: node fill.ts FILE ROWS leaves this many changes of goals in the
 * outbox.
 */
const [file = '', rows] = process.argv.slice(2)
const GOALS = 1000

const database = new Database(file)
database.pragma('journal_mode = WAL')
database.exec(`CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
observeGoals(database)
const take = database.prepare(
  `INSERT INTO thread_goals VALUES (?, ?, 'Make the tests green', 'active', 1000000000, 0, 0, 0, 0)`,
)
const spend = database.prepare(
  'UPDATE thread_goals SET tokens_used = tokens_used + 700, time_used_seconds = time_used_seconds + 3',
)
database.transaction(() => {
  for (let goal = 0; goal < GOALS; goal++) take.run(`thread-${goal}`, `goal-${goal}`)
})()
for (let round = 1; round < Number(rows) / GOALS; round++) spend.run()
process.kill(process.pid, 'SIGKILL')
