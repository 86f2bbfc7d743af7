// An agent with a status that nothing maps: node unmapped-agent.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2])
db.exec('CREATE TABLE plans (id TEXT PRIMARY KEY, status TEXT NOT NULL)')
db.exec("INSERT INTO plans VALUES ('plan', 'open')")
db.exec("UPDATE plans SET status = 'simmering'")
await sleep(2000)
