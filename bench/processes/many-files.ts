import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { observedGoals } from './observed-goals.ts'

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
  const database = observedGoals(join(folder, `${n}.sqlite`))
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
