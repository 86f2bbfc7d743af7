// An agent that keeps its goals in SQLite, with SQL of its own. It has never heard of goaltrace or of OpenTelemetry:
//   node examples/agent.mjs goals.db
//   node --import goaltrace/register examples/agent.mjs goals.db
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2] ?? 'goals.db')
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)

const take = db.prepare(`INSERT INTO thread_goals VALUES (?, ?, ?, 'active', ?, 0, 0, ?, ?)`)
const spend =
  db.prepare(`UPDATE thread_goals SET tokens_used = tokens_used + ?, time_used_seconds = time_used_seconds + ?,
  status = CASE WHEN tokens_used + ? >= token_budget THEN 'budget_limited' ELSE status END, updated_at_ms = ?
  WHERE thread_id = ? RETURNING status`)
const end = db.prepare('UPDATE thread_goals SET status = ?, updated_at_ms = ? WHERE thread_id = ?')
const drop = db.prepare('DELETE FROM thread_goals WHERE thread_id = ?')

/** Works on a goal turn by turn until its plan, or its budget, is at an end. */
async function pursue(objective, budget, turns, outcome) {
  const thread = `thread-${randomUUID().slice(0, 8)}`
  take.run(thread, randomUUID(), objective, budget, Date.now(), Date.now())
  console.log(`${thread}  takes on: ${objective}`)
  for (const [tokens, seconds] of turns) {
    await sleep(150 + Math.random() * 250)
    const { status } = spend.get(tokens, seconds, tokens, Date.now(), thread)
    if (status !== 'active') return console.log(`${thread}  ${status}`)
  }
  if (outcome === 'dropped') drop.run(thread)
  else end.run(outcome, Date.now(), thread)
  console.log(`${thread}  ${outcome}`)
}

await Promise.all([
  pursue(
    'Find out why the nightly build is slow',
    20_000,
    [
      [3100, 12],
      [4200, 18],
      [2700, 9],
      [1900, 7],
    ],
    'complete',
  ),
  pursue(
    'Port the parser to the new grammar',
    12_000,
    [
      [5200, 31],
      [4800, 22],
      [6100, 27],
      [900, 4],
    ],
    'complete',
  ),
  pursue(
    'Ask legal about the licence of the fonts',
    null,
    [
      [800, 3],
      [650, 40],
    ],
    'blocked',
  ),
  pursue('Rename every module to kebab-case', 5_000, [[700, 2]], 'dropped'),
])
