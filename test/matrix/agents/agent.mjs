// An agent that does not know goaltrace: node agent.mjs FILE. It stays until its standard input ends.
import { trace } from '@opentelemetry/api'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
db.exec(`CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + ?, time_used_seconds = 3')

trace.getTracer('agent').startActiveSpan('turn', (turn) => {
  db.prepare(`INSERT INTO thread_goals VALUES ('thread', 'goal', 'Ship it', 'active', 1000, 0, 0)`).run()
  spend.run(40)
  db.exec('BEGIN')
  db.prepare(`UPDATE thread_goals SET status = 'complete'`).run()
  db.exec('COMMIT')
  turn.end()
})
console.log(db.prepare('SELECT * FROM thread_goals').all())
db.exec('DELETE FROM thread_goals')
if (process.argv[3] === 'exit') process.exit()
process.stdin.resume()
