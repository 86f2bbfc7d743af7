// An agent that gives a goal up while it pursues it: node abandoning-agent.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
db.prepare(
  "INSERT INTO thread_goals VALUES ('given-up', 'given-up', 'Paint the moon', 'active', 9000, 0, 0, 0, 0)",
).run()
await sleep(1500)
db.prepare("DELETE FROM thread_goals WHERE thread_id = 'given-up'").run()
await sleep(1500)
