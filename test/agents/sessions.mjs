// An agent that knows nothing of goaltrace, with a database per session: node sessions.mjs FILE SESSIONS CHANGES. It
// stays.
import Database from 'better-sqlite3'

const [file, sessions, changes] = process.argv.slice(2)
for (let n = 0; n < Number(sessions); n++) {
  const db = new Database(`${file}-${n}`)
  db.exec(`CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
    status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0,
    time_used_seconds INTEGER NOT NULL DEFAULT 0)`)
  db.prepare(
    `INSERT INTO thread_goals (thread_id, goal_id, objective, status) VALUES (?, 'goal', 'Count', 'active')`,
  ).run(`thread-${n}`)
  for (let change = 1; change < Number(changes); change++)
    db.exec('UPDATE thread_goals SET tokens_used = tokens_used + 1')
}
setInterval(() => {}, 1000)
