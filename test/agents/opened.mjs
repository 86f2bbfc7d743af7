// An agent that opens its database in one of many ways: node opened.mjs FILE WAY CHANGES END. At its end it prints
// which
// copies of SQLite the process has loaded.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import Encrypted from 'better-sqlite3-multiple-ciphers'
import { observeGoals } from 'goaltrace'

const [file, way, changes, end] = process.argv.slice(2)
const addon = process.env.ADDON
const opened = {
  usual: () => new Database(file),
  'a path to its own addon': () => new Database(file, { nativeBinding: addon }),
  'an addon that it has loaded': () => new Database(file, { nativeBinding: createRequire(import.meta.url)(addon) }),
  'an exclusive lock': () => set(new Database(file), 'locking_mode = EXCLUSIVE'),
  'a key': () => set(new Encrypted(file), `key = 'secret'`),
  'a rollback journal': () => new Database(file),
}
function set(db, setting) {
  db.pragma(setting)
  return db
}

const db = opened[way]()
if (way !== 'a rollback journal') db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL,
  status TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`)
observeGoals(db)
const take = db.prepare(`INSERT INTO thread_goals (thread_id, goal_id, status) VALUES (?, 'g', 'active')`)
for (let n = 0; n < Number(changes); n++) {
  take.run(`t${n}-${process.pid}`)
  await sleep(20)
}
const maps = readFileSync('/proc/self/maps', 'utf8')
const copies = new Set(maps.split('\n').flatMap((line) => line.match(/\S+\.node$/)?.[0] ?? []))
console.log([...copies].join('\n'))
if (end === 'killed') process.kill(process.pid, 'SIGKILL')
if (end === 'closed') db.close()
