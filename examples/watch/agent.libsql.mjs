// An agent that keeps its goals by libSQL, in a file: node agent.libsql.mjs goals.db, with @libsql/client installed
import { createClient } from '@libsql/client'

const [, , file, stays] = process.argv
const database = createClient({ url: `file:${file}` })
await database.execute('PRAGMA journal_mode = WAL')
await database.execute(
  'CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, title TEXT, state TEXT, tokens INTEGER DEFAULT 0)',
)
await database.execute(`INSERT OR REPLACE INTO tasks VALUES ('write-report', 'Write the report', 'running', 0)`)
for (const args of [[1200], [800]]) {
  await database.execute({ sql: `UPDATE tasks SET tokens = tokens + ? WHERE id = 'write-report'`, args })
}
await database.execute(`UPDATE tasks SET state = 'done' WHERE id = 'write-report'`)
if (stays) await new Promise((resolve) => process.stdin.on('end', resolve).resume())
database.close()
