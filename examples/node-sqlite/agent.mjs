// An agent on Node's own SQLite, with nothing installed but goaltrace, which it does not mention. In this folder, with
// Node 22.16, 24 or newer:
//   node --import goaltrace/register agent.mjs
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

const db = new DatabaseSync(process.argv[2] ?? 'goals.db')
// Codex's own table, which needs no goaltrace.config.json.
db.exec(`PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS thread_goals (
    thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
    token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
const take = db.prepare(
  `INSERT OR REPLACE INTO thread_goals VALUES (:thread, :goal, :objective, 'active', NULL, 0, 0, 0, 0)`,
)
const spend =
  db.prepare(`UPDATE thread_goals SET tokens_used = tokens_used + ?, time_used_seconds = time_used_seconds + ?
  WHERE thread_id = ? RETURNING tokens_used AS tokens`)
const finish = db.prepare(`UPDATE thread_goals SET status = 'complete' WHERE thread_id = ?`)

take.run({ thread: 'thread-1', goal: randomUUID(), objective: 'Write the report' })
for (const [tokens, seconds] of [
  [1200, 9],
  [800, 4],
])
  console.log(spend.all(tokens, seconds, 'thread-1'))
console.log(finish.run('thread-1'))
// The agent keeps working; meanwhile its events are delivered.
setTimeout(() => db.close(), 1500)
