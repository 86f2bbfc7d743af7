// An agent that knows nothing of goaltrace and counts what it commits: node counting-agent.mjs FILE RATE
// It changes a goal RATE times a second, each time in its own transaction, until it is killed.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import Database from 'better-sqlite3'

const [file, rate] = process.argv.slice(2)
const TICK_MS = 5

const db = new Database(file)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS committed (thread_id TEXT, kind TEXT, tokens INTEGER)`)
const thread = randomUUID()
const take = db.prepare(`INSERT INTO thread_goals VALUES (?, 'goal', 'Count', 'active', NULL, 0, 0, 0, 0)`)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = ? WHERE thread_id = ?')
const turn = db.prepare(`UPDATE thread_goals SET tokens_used = ?,
  status = CASE status WHEN 'active' THEN 'paused' ELSE 'active' END WHERE thread_id = ?`)
const count = db.prepare('INSERT INTO committed VALUES (?, ?, ?)')

/** The agent's own count, in the goal's transaction: deliveries are compared with it. */
const mutate = db.transaction((tokens) => {
  if (tokens === 0) {
    take.run(thread)
    count.run(thread, 'created', 0)
    return
  }
  const turns = tokens % 50 === 0
  ;(turns ? turn : spend).run(tokens, thread)
  count.run(thread, 'usage_accounted', tokens)
  if (turns) count.run(thread, 'status_changed', tokens)
})

/** A rolled-back change never happened; the next one reuses its number. */
function abandon(tokens) {
  db.exec('BEGIN')
  spend.run(tokens + 1_000_000, thread)
  db.exec('ROLLBACK')
}

mutate(0)
writeSync(1, 'running')
const startedAt = performance.now()
let done = 0
setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) * Number(rate)) / 1000)
  // After the machine has stalled it does not catch up in one go.
  for (let n = 0; done < due && n < 1000; n++) {
    mutate(++done)
    if (done % 100 === 0) abandon(done)
  }
}, TICK_MS)
