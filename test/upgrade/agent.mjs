// An agent that knows nothing of goaltrace, and does what it reads: node agent.mjs FILE, then lines "create THREAD",
// "spend THREAD", "read", "prepare", "observe", "end". It answers each line with "done LINE".
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`)
const spend = 'UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?'
const steps = {
  create: (thread) =>
    db
      .prepare(`INSERT INTO thread_goals (thread_id, goal_id, objective, status) VALUES (?, 'goal', 'Count', 'active')`)
      .run(thread),
  spend: (thread) => db.prepare(spend).run(thread),
  read: () => db.prepare('SELECT count(*) FROM thread_goals').get(),
  prepare: () => db.prepare(spend),
  // By the goaltrace that it finds installed, whichever one is registered.
  observe: async () => (await import('goaltrace')).observeGoals(db),
  end: () => process.exit(3),
}
createInterface({ input: process.stdin }).on('line', async (line) => {
  const [step, thread] = line.split(' ')
  await steps[step](thread)
  console.log(`done ${line}`)
})
console.log('ready')
