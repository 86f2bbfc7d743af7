// An agent that keeps its goals in SQLite, with its own SQL. It does not know goaltrace or OpenTelemetry:
//   node examples/agent.mjs goals.db
//   node --import goaltrace/register examples/agent.mjs goals.db
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

// better-sqlite3, or Node's own SQLite if it is not installed: both have what is used here.
const { default: Database } = await import('better-sqlite3').catch(async () => {
  return { default: (await import('node:sqlite')).DatabaseSync }
})

const db = new Database(process.argv[2] ?? 'goals.db')
db.exec('PRAGMA journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)

const take = db.prepare(`INSERT INTO thread_goals VALUES (?, ?, ?, 'active', ?, 0, 0, ?, ?)`)
const spend =
  db.prepare(`UPDATE thread_goals SET tokens_used = tokens_used + ?, time_used_seconds = time_used_seconds + ?,
  status = CASE WHEN tokens_used + ? >= token_budget THEN 'budget_limited' ELSE status END, updated_at_ms = ?
  WHERE thread_id = ? RETURNING status`)
const change = db.prepare('UPDATE thread_goals SET status = ?, updated_at_ms = ? WHERE thread_id = ?')
const drop = db.prepare('DELETE FROM thread_goals WHERE thread_id = ?')

/** Works on a goal: a turn takes tokens and seconds, and between turns its status may change. */
async function pursue(objective, budget, plan) {
  const thread = `thread-${randomUUID().slice(0, 4)}`
  take.run(thread, randomUUID(), objective, budget, Date.now(), Date.now())
  console.log(`${thread}  takes on: ${objective}`)
  for (const step of plan) {
    await sleep(600 + Math.random() * 600)
    if (typeof step === 'string') {
      if (step === 'dropped') drop.run(thread)
      else change.run(step, Date.now(), thread)
      console.log(`${thread}  ${step}`)
    } else {
      const [tokens, seconds] = step
      const [{ status }] = spend.all(tokens, seconds, tokens, Date.now(), thread)
      // Its budget is spent.
      if (status !== 'active') return console.log(`${thread}  ${status}`)
    }
  }
}

const plans = [
  ['Speed up the build', 20_000, [[3100, 12], [4200, 18], [2700, 9], [1900, 7], 'complete']],
  ['Port the parser', 12_000, [[5200, 31], [4800, 22], [6100, 27], [900, 4], 'complete']],
  ['Ask legal about fonts', null, [[800, 3], 'blocked', 'active', [650, 40], 'complete']],
  ['Rename every module', 5_000, [[700, 2], 'paused', 'dropped']],
]
await Promise.all(
  plans.map(async ([objective, budget, plan], index) => {
    await sleep(index * 400)
    await pursue(objective, budget, plan)
  }),
)
