// An agent that works on a few goals at random, and writes down what it has committed, and between which times:
// node living.mjs FILE on|begin|finish|read [exit|stay], on so many threads as THREADS says, every EVERY_MS
import { writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import { withGoalContext } from 'goaltrace'

const [file, how, end] = process.argv.slice(2)
const THREADS = Number(process.env.THREADS ?? 4)
const STATUSES = ['active', 'paused', 'blocked', 'budget_limited']

const db = new Database(file, { timeout: 5000 })
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS history (goal_id TEXT, status TEXT, tokens INTEGER, from_ms INTEGER, until_ms INTEGER);
  CREATE TABLE IF NOT EXISTS ids (id INTEGER PRIMARY KEY)`)
const take = db.prepare(`INSERT INTO thread_goals VALUES (?, ?, 'Live', 'active', 1000, 0, 0, 0, 0)`)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 7 WHERE thread_id = ?')
const set = db.prepare('UPDATE thread_goals SET status = ? WHERE thread_id = ?')
const clear = db.prepare('DELETE FROM thread_goals WHERE thread_id = ?')
const find = db.prepare('SELECT goal_id, status, tokens_used FROM thread_goals WHERE thread_id = ?')
const note = db.prepare('INSERT INTO history VALUES (?, ?, ?, ?, ?)')
const pick = (things) => things[Math.floor(Math.random() * things.length)]

const step = db.transaction((thread) => {
  const goal = find.get(thread)
  const fromMs = Date.now()
  const write = (id, status, tokens) => note.run(id, status, tokens, fromMs, Date.now())
  if (goal === undefined) {
    const id = `goal ${db.prepare('INSERT INTO ids DEFAULT VALUES').run().lastInsertRowid}`
    take.run(thread, id)
    return write(id, 'active', 0)
  }
  const luck = Math.random()
  const { goal_id: id, status, tokens_used: tokens } = goal
  const leaves = wave() && thread >= 'thread 2'
  if (how === 'finish' || leaves || luck < 0.05 || status === 'complete') {
    clear.run(thread)
    if (status !== 'complete') write(id, 'cleared', tokens)
  } else if (luck < 0.75) spend.run(thread)
  else {
    const next = pick([...STATUSES, 'complete'].filter((other) => other !== status))
    set.run(next, thread)
    write(id, next, tokens)
  }
})

// With WAVES, goals become many and few again by turns.
function wave() {
  return process.env.WAVES && Math.floor(Date.now() / 200) % 2 === 1
}

function turn(thread) {
  if (wave() && thread >= 'thread 2' && find.get(thread) === undefined) return
  const turnId = Math.random() < 0.7 ? `turn ${Math.floor(Date.now() / 50)}` : null
  withGoalContext({ turnId }, () => step.immediate(thread))
}

writeSync(1, 'running')
if (how === 'begin') turn('thread 0')
else if (how === 'read') find.get('thread 0')
else if (how === 'finish') for (let n = 0; n < THREADS; n++) find.get(`thread ${n}`) && turn(`thread ${n}`)
else setInterval(() => turn(`thread ${Math.floor(Math.random() * THREADS)}`), Number(process.env.EVERY_MS ?? 2))
if (end === 'stay') setInterval(() => {}, 1000)
if (end === 'exit') process.exit()
