/** Schemas of opencode's plugins that keep goals in bun:sqlite, and what a plugin does with its database. Run by Bun. */
// @ts-expect-error There are no types of Bun here.
import { Database } from 'bun:sqlite'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'

const SCHEMAS = {
  'mweinbach/opencode-goals': `PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
      status TEXT NOT NULL CHECK(status IN ('active', 'paused', 'budget_limited', 'complete')), token_budget INTEGER,
      tokens_used INTEGER NOT NULL DEFAULT 0, input_tokens_used INTEGER NOT NULL DEFAULT 0,
      cached_input_tokens_used INTEGER NOT NULL DEFAULT 0, output_tokens_used INTEGER NOT NULL DEFAULT 0,
      time_used_seconds INTEGER NOT NULL DEFAULT 0, created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`,
  // In SQLite's own mode, with a rollback journal.
  'canxin121/opencode-planpilot': `CREATE TABLE IF NOT EXISTS plans (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,
      content TEXT NOT NULL, status TEXT NOT NULL, comment TEXT, last_session_id TEXT, last_cwd TEXT, created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS goals (id INTEGER PRIMARY KEY AUTOINCREMENT, step_id INTEGER NOT NULL, content TEXT NOT NULL,
      status TEXT NOT NULL, comment TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
} as const

const [plugin, file = '', ...statements] = process.argv.slice(2)
mkdirSync(dirname(file), { recursive: true })
const database = new Database(file)
database.exec(SCHEMAS[plugin as keyof typeof SCHEMAS])
for (const statement of statements) database.exec(statement)
database.close()
