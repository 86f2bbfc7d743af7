import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { observeGoals } from '../../src/api/observe-goals.ts'

/**
 * An agent with a database for each session: node many-files.ts FOLDER FILES CHANGES [URL]. It makes so many changes in each, and
 * waits, where a receiver is named, until that has all of them. It prints the processor time that this took.
 */
const [folder = '', files, changes, url] = process.argv.slice(2)
const all = Number(files) * Number(changes)

// Loading the SDK is not part of it.
await import('../../src/telemetry/sdk.ts')
mkdirSync(folder, { recursive: true })
const cpu = process.cpuUsage()
const open: Database.Database[] = []
for (let n = 0; n < Number(files); n++) {
  const database = new Database(join(folder, `${n}.sqlite`))
  database.pragma('journal_mode = WAL')
  database.exec(`CREATE TABLE thread_goals (
    thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
    token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
  observeGoals(database)
  const take = database.prepare(
    `INSERT INTO thread_goals VALUES (?, 'goal', 'Make the tests green', 'active', NULL, 0, 0, 0, 0)`,
  )
  for (let change = 0; change < Number(changes); change++) take.run(`thread-${n}-${change}`)
  open.push(database)
}
const changedAt = performance.now()
const received = async () => ((await (await fetch(String(url))).json()) as { logs: number }).logs
while (url !== undefined && (await received()) < all) await new Promise((resolve) => setTimeout(resolve, 200))
const { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, arrivedMs: performance.now() - changedAt }))
// The databases are not closed: each would write its checkpoint.
process.kill(process.pid, 'SIGKILL')
