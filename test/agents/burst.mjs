// An agent that changes goals without ever yielding to the event loop: node burst.mjs FILE CHANGES
import { Database } from './goals.mjs'

const [file, changes] = process.argv.slice(2)
const db = new Database(file)
db.exec('PRAGMA journal_mode = WAL')
db.exec('PRAGMA synchronous = OFF')
db.exec(`CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
db.exec(`INSERT INTO thread_goals VALUES ('thread', 'goal', 'Count', 'active', NULL, 0, 0, 0, 0)`)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
for (let n = 1; n < Number(changes); n++) spend.run()
console.log(db.prepare('SELECT tokens_used FROM thread_goals').get())
