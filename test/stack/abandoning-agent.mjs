// An agent that abandons an active goal, is blocked in another, and has more goals than Loki would sort by spending by
// default: node abandoning-agent.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
const take = db.prepare("INSERT INTO thread_goals VALUES (?, ?, 'Paint the moon', 'active', 9000, 0, 0, 0, 0)")
db.transaction(() => {
  for (let n = 0; n < 600; n++) take.run(`thread-${n}`, `goal-${n}`)
})()
await sleep(1500)
db.prepare("DELETE FROM thread_goals WHERE thread_id = 'thread-0'").run()
db.prepare("UPDATE thread_goals SET status = 'blocked' WHERE thread_id = 'thread-1'").run()
// On a busy machine goals are counted every few seconds only.
await sleep(5000)
