// An agent on bun:sqlite that knows nothing of goaltrace: bun bun-agent.mjs FILE HOW
import { Database } from 'bun:sqlite'

const [file, how] = process.argv.slice(2)
const db = new Database(file)
const early = db.run(`PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS thread_goals (
    thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, status TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0)`)
console.log(early)
const take = db.prepare('INSERT INTO thread_goals (thread_id, goal_id, status) VALUES ($thread, $goal, $status)')
console.log(take.run({ $thread: 't', $goal: 'g', $status: 'active' }))
console.log(db.query('UPDATE thread_goals SET tokens_used = tokens_used + ? RETURNING *').get(5))
db.run('BEGIN')
console.log(db.run('DELETE FROM thread_goals'), db.run('SELECT 1'))
db.exec('ROLLBACK')
console.log(db.run('UPDATE thread_goals SET tokens_used = 6; UPDATE thread_goals SET tokens_used = 7'))
const account = db.transaction((tokens) => db.query('UPDATE thread_goals SET tokens_used = ?').run(tokens))
console.log(account(8), account.immediate(9), db.exec === db.run)
console.log([...db.prepare(`UPDATE thread_goals SET status = 'complete' RETURNING thread_id, status`).iterate()])
try {
  db.run(`INSERT INTO thread_goals VALUES ('t', 'g', 'active', 1)`)
} catch ({ name, code, errno, message }) {
  console.log(name, code, errno, message)
}
db.run('ALTER TABLE thread_goals ADD COLUMN note')
console.log(db.query('SELECT *, changes() FROM thread_goals').values(), db.inTransaction)
console.log('changed')
if (how === 'stays') setInterval(() => {}, 1000)
if (how === 'exit') process.exit(3)
if (how === 'throw') throw new Error('the agent fails')
if (how === 'close') db.close()
