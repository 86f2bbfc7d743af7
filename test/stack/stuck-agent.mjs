// An agent whose changes of a goal are ten minutes old and cannot be delivered: node stuck-agent.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
db.exec(`CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
const { now } = Date
Date.now = () => now() - 600_000
db.exec("INSERT INTO thread_goals VALUES ('thread', 'stuck', 'Wait for it', 'active', NULL, 0, 0, 0, 0)")
db.exec('DELETE FROM thread_goals')
Date.now = now
await sleep(5000)
