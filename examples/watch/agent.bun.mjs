// An agent in Bun that keeps its goals by bun:sqlite: bun agent.bun.mjs goals.db
import { Database } from 'bun:sqlite'

const [, , file, stays] = process.argv
const database = new Database(file)
database.exec('PRAGMA journal_mode = WAL')
database.exec(
  'CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, title TEXT, state TEXT, tokens INTEGER DEFAULT 0)',
)
database.exec(`INSERT OR REPLACE INTO tasks VALUES ('write-report', 'Write the report', 'running', 0)`)
const spend = database.prepare(`UPDATE tasks SET tokens = tokens + ? WHERE id = 'write-report'`)
spend.run(1200)
spend.run(800)
database.exec(`UPDATE tasks SET state = 'done' WHERE id = 'write-report'`)
if (stays) await new Response(Bun.stdin.stream()).text()
