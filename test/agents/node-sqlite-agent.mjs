// An agent on node:sqlite that knows nothing of goaltrace: node node-sqlite-agent.mjs FILE HOW
import { DatabaseSync } from 'node:sqlite'

const [file, how] = process.argv.slice(2)
const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
db.exec(`PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS thread_goals (
    thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, status TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0)`)
const take = db.prepare('INSERT INTO thread_goals (thread_id, goal_id, status) VALUES (:thread, :goal, :status)')
console.log(take.run({ thread: 't', goal: 'g', status: 'active' }))
console.log(db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + ? RETURNING *').get(5))
db.exec('BEGIN')
db.exec(`DELETE FROM thread_goals`)
db.exec('ROLLBACK')
console.log([...db.prepare(`UPDATE thread_goals SET status = 'complete' RETURNING thread_id, status`).iterate()])
console.log(db.prepare('SELECT *, changes() FROM thread_goals').all(), db.isTransaction)
if (how === 'exit') process.exit(3)
if (how === 'close') db.close()
