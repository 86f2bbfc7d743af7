// An agent with its own goals table that does not mention goaltrace: goaltrace.config.json beside it maps the table.
// In this folder: node --import goaltrace/register agent.mjs
import Database from 'better-sqlite3'

const db = new Database(process.argv[2] ?? ':memory:')
db.pragma('journal_mode = WAL')
db.pragma('foreign_keys = ON')
db.exec(`
  CREATE TABLE IF NOT EXISTS goals (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT, priority INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'cancelled')),
    created_at TEXT NOT NULL DEFAULT (datetime('now')), updated_at TEXT NOT NULL DEFAULT (datetime('now'))
  );
  CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY, goal_id TEXT NOT NULL REFERENCES goals (id) ON DELETE CASCADE, text TEXT NOT NULL
  )`)
const take = db.prepare('INSERT OR IGNORE INTO goals (id, title) VALUES (?, ?)')
const step = db.prepare('INSERT INTO steps (goal_id, text) VALUES (?, ?)')
const set = db.prepare(`UPDATE goals SET status = ?, updated_at = datetime('now') WHERE id = ?`)

db.transaction(() => {
  take.run('report', 'Write the report')
  step.run('report', 'Read the sources')
})()
take.run('slides', 'Make the slides')
take.run('party', 'Plan the party')
set.run('completed', 'report')
set.run('cancelled', 'slides')
db.prepare('DELETE FROM goals WHERE id = ?').run('party')
console.log(db.prepare('SELECT id, status FROM goals ORDER BY id').all())
// The agent keeps working; meanwhile its events are delivered.
setTimeout(() => db.close(), 2000)
