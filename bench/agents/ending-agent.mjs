// An agent that knows nothing of goaltrace, changes a goal, and ends: node ending-agent.mjs FILE MUTATIONS WAIT_MS|exit
// It prints when it is done, so that the time after that can be measured.
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const [file, mutations, wait] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
const take = db.prepare(`INSERT INTO thread_goals VALUES (?, 'goal', 'Count', 'active', NULL, 0, 0, 0, 0)`)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
take.run(`thread-${process.pid}`)
for (let n = 1; n < Number(mutations); n++) spend.run()
const { ms, rss } = { ms: performance.now(), rss: process.memoryUsage.rss() }
if (wait !== 'exit') await sleep(Number(wait))
writeSync(1, `${JSON.stringify({ ms, rss })}\n`)
if (wait === 'exit') process.exit()
