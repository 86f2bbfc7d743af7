// An agent with one goal, from its creation to its end, in two turns: node agent.mjs FILE. It prints what it did, and when.
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { withGoalContext } from 'goaltrace'

const db = new Database(process.argv[2])
db.exec(`CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`)
const steps = []
const step = (what, turnId, sql) => {
  const from = Date.now()
  withGoalContext({ turnId }, () => db.exec(sql))
  steps.push({ what, from, to: Date.now() })
}
const thread = `thread-${process.pid}`
const spend = 'UPDATE thread_goals SET tokens_used = tokens_used + 1200, time_used_seconds = time_used_seconds + 1'
const turn = (status) => `UPDATE thread_goals SET status = '${status}'`

step(
  'created',
  'turn-1',
  `INSERT INTO thread_goals VALUES ('${thread}', 'goal-${process.pid}', 'Make the tests green', 'active', 10000, 0, 0)`,
)
await sleep(400)
step('spent', 'turn-1', spend)
step('paused', 'turn-1', turn('paused'))
await sleep(300)
step('resumed', 'turn-2', turn('active'))
await sleep(500)
step('spent', 'turn-2', spend)
step('complete', 'turn-2', turn('complete'))
db.close()
console.log(JSON.stringify({ thread, goal: `goal-${process.pid}`, steps }))
