// An agent that closes its database and removes the folder that it is in, before a change was delivered: node removed.mjs FILE stay|end|exit
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

const [file, how] = process.argv.slice(2)
const folder = `${file}-folder`
mkdirSync(folder)
const db = new Database(join(folder, 'goals.db'))
db.exec('CREATE TABLE thread_goals (thread_id PRIMARY KEY, goal_id, status)')
db.exec("INSERT INTO thread_goals VALUES ('t', 'g', 'active')")
db.close()
rmSync(folder, { recursive: true })
console.log('removed')
if (how === 'stay') process.stdin.resume()
if (how === 'exit') process.exit()
