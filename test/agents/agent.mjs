// An agent that knows nothing of goaltrace: node agent.mjs FILE MUTATIONS HOW [INTERVAL_MS]
// It prints each mutation's number once it is committed, then ends as HOW says.
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const [file, mutations, how, interval] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS committed (thread_id TEXT, n INTEGER)`)
const thread = `thread-${process.pid}`
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
// The agent's own count, in the same transaction as the goal: what a delivery is compared with.
const count = db.prepare('INSERT INTO committed VALUES (?, ?)')
const take = db.prepare(`INSERT INTO thread_goals VALUES (?, 'goal', 'Count', 'active', NULL, 0, 0, 0, 0)`)

process.on('SIGINT', () => {
  console.log('interrupted')
  process.exit(7)
})
db.transaction(() => {
  take.run(thread)
  count.run(thread, 0)
})()
for (let n = 1; n <= Number(mutations); n++) {
  db.transaction(() => {
    spend.run(thread)
    count.run(thread, n)
  })()
  if (interval) await sleep(Number(interval))
}
console.log(`committed ${mutations}`)
if (how === 'exit') process.exit(3)
if (how === 'throw') throw new Error('as asked')
if (how === 'reject') Promise.reject(new Error('as asked'))
if (how === 'close') db.close()
if (how === 'stay') setInterval(() => {}, 1000)
