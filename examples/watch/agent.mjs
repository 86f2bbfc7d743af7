// An agent in Node.js that is started without goaltrace: node agent.mjs goals.db
import Database from 'better-sqlite3'

const [, , file, stays] = process.argv
const database = new Database(file)
database.pragma('journal_mode = WAL')
database.exec(
  'CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, title TEXT, state TEXT, tokens INTEGER DEFAULT 0)',
)
database.exec(`INSERT OR REPLACE INTO tasks VALUES ('write-report', 'Write the report', 'running', 0)`)
const spend = database.prepare(`UPDATE tasks SET tokens = tokens + ? WHERE id = 'write-report'`)
spend.run(1200)
spend.run(800)
database.exec(`UPDATE tasks SET state = 'done' WHERE id = 'write-report'`)
if (stays) await new Promise((resolve) => process.stdin.on('end', resolve).resume())
