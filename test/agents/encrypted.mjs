// An agent with an encrypted database: node encrypted.mjs FILE HOW THREAD. HOW is how it gives the key.
import Database from 'better-sqlite3-multiple-ciphers'

const [file, how, thread] = process.argv.slice(2)
const keyed = {
  'pragma()': (db) => db.pragma(`key = 'secret'`),
  'exec()': (db) => db.exec(`PRAGMA key = 'secret'`),
  'a statement': (db) => db.prepare(`PRAGMA key = 'secret'`).get(),
  'key()': (db) => db.key(Buffer.from('secret')),
}

const db = new Database(file)
keyed[how](db)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL,
  status TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0)`)
const take = db.prepare(`INSERT INTO thread_goals (thread_id, goal_id, status) VALUES (?, 'g', 'active')`)
db.transaction(() => take.run(thread))()
console.log(db.prepare('UPDATE thread_goals SET tokens_used = 5 WHERE thread_id = ? RETURNING tokens_used').get(thread))
console.log(db.prepare('SELECT thread_id, status FROM thread_goals').all())
db.close()
