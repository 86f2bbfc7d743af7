import { readSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'

/**
 * Changes goals, one a commit, at random from a seed; a trigger notes each in the table `truth`. It goes on when it is given
 * a byte, and ends at the end of its input: node goal-writer.mjs FILE SEED COMMITS.
 */
const [, , file, seed, commits] = process.argv
const SCHEMA = `
CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
  status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL, time_used_seconds INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS truth (n INTEGER PRIMARY KEY, thread, old_goal, goal, status, tokens);
CREATE TRIGGER IF NOT EXISTS i AFTER INSERT ON thread_goals BEGIN
  INSERT INTO truth (thread, goal, status, tokens) VALUES (NEW.thread_id, NEW.goal_id, NEW.status, NEW.tokens_used); END;
CREATE TRIGGER IF NOT EXISTS u AFTER UPDATE ON thread_goals BEGIN
  INSERT INTO truth (thread, old_goal, goal, status, tokens) VALUES (NEW.thread_id, OLD.goal_id, NEW.goal_id, NEW.status, NEW.tokens_used); END;
CREATE TRIGGER IF NOT EXISTS d AFTER DELETE ON thread_goals BEGIN
  INSERT INTO truth (thread, old_goal, status, tokens) VALUES (OLD.thread_id, OLD.goal_id, OLD.status, OLD.tokens_used); END;`

let state = Number(seed)
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const database = new Database(file)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = OFF')
database.exec(SCHEMA)
const set = database.prepare(
  `INSERT INTO thread_goals VALUES (?, ?, ?, 'active', NULL, 0, 0) ON CONFLICT DO UPDATE SET
   goal_id = excluded.goal_id, objective = excluded.objective, status = 'active', tokens_used = 0`,
)
const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + ? WHERE thread_id = ?')
const stop = database.prepare(
  `UPDATE thread_goals SET status = CASE status WHEN 'active' THEN 'complete' ELSE 'active' END WHERE thread_id = ?`,
)
const clear = database.prepare('DELETE FROM thread_goals WHERE thread_id = ?')

function change() {
  const thread = `thread-${random(30)}`
  switch (random(8)) {
    case 0:
      return set.run(thread, `goal-${random(1e9)}`, 'x'.repeat(random(9000)))
    case 1:
      return stop.run(thread)
    case 2:
      return clear.run(thread)
    default:
      return spend.run(1 + random(1000), thread)
  }
}

while (readSync(0, Buffer.alloc(1)) === 1) {
  for (let n = 0; n < Number(commits); n++) change()
  writeSync(1, '.')
}
database.close()
