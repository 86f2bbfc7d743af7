// An agent with a table of goals that goaltrace has never seen.
import Database from 'better-sqlite3'

const db = new Database('agent.db')
db.exec(`CREATE TABLE IF NOT EXISTS quests (
  quest_id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open', tokens INTEGER NOT NULL DEFAULT 0)`)
db.prepare('INSERT INTO quests (quest_id, title) VALUES (?, ?)').run('q1', 'Sort the attic')
db.prepare('UPDATE quests SET tokens = tokens + ? WHERE quest_id = ?').run(1200, 'q1')
db.prepare("UPDATE quests SET state = 'done' WHERE quest_id = ?").run('q1')
db.close()
