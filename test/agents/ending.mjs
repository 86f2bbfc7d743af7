// An agent that creates a goal and ends in the given way: node ending.mjs FILE WAY
import Database from 'better-sqlite3'

const [file, way] = process.argv.slice(2)
const db = new Database(way.startsWith('memory') ? ':memory:' : file)
db.exec(`CREATE TABLE thread_goals (
  thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
  token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
const create = () => db.exec(`INSERT INTO thread_goals VALUES ('t', 'g', 'Find a way out', 'active', NULL, 0, 0, 0, 0)`)
const set = (status) => db.prepare('UPDATE thread_goals SET status = ?').run(status)
const pause = () => {
  set('paused')
  db.close()
}
const ways = {
  standingClock() {
    create()
    const now = performance.now()
    performance.now = () => now
    process.exit(3)
  },
  handlerBefore() {
    process.on('exit', pause)
    create()
  },
  handlerAfter() {
    create()
    process.on('exit', pause)
  },
  handlerThenExit() {
    create()
    process.on('exit', pause)
    process.exit(4)
  },
  handlerThenThrow() {
    create()
    process.on('exit', pause)
    throw new Error('as asked')
  },
  handlerAndOwnEmit() {
    create()
    process.on('exit', pause)
    const { emit } = process
    const own = function (...args) {
      return emit.apply(this, args)
    }
    // Both before and after goaltrace has put its own aside.
    process.emit = own
    setTimeout(() => {
      console.log(process.emit === own)
      process.emit = emit
      process.on('exit', () => {})
      process.emit = own
      process.exit(4)
    }, 20)
  },
  handlerOnce() {
    create()
    process.once('exit', pause)
  },
  handlerPrepended() {
    create()
    process.prependListener('exit', pause)
  },
  handlerInTransaction() {
    create()
    process.on('exit', () => db.transaction(() => set('paused'))())
  },
  async handlersLate() {
    create()
    // The creation has been delivered, so that nothing is pending.
    await new Promise((resolve) => process.stdin.once('data', resolve))
    process.stdin.unref()
    process.on('exit', () => set('paused'))
    process.on('exit', () => set('active'))
    setTimeout(() => process.exit(), 20)
  },
  async pausing() {
    create()
    process.stdin.once('data', () => process.stdin.unref())
  },
  handlerThrows() {
    create()
    process.on('exit', () => {
      set('paused')
      throw new Error('as asked')
    })
  },
  tenHandlers() {
    create()
    for (let n = 0; n < 10; n++) process.on('exit', () => {})
  },
  elevenHandlers() {
    create()
    for (let n = 0; n < 11; n++) process.on('exit', () => {})
  },
  inTransaction() {
    create()
    db.exec('BEGIN')
    set('paused')
    process.exit(5)
  },
  inIterate() {
    create()
    for (const _ of db.prepare('SELECT * FROM thread_goals').iterate()) process.exit(6)
  },
  memory: create,
  memoryExit() {
    create()
    process.exit(7)
  },
  memoryClosed() {
    create()
    db.close()
    throw new Error('as asked')
  },
}
console.log(way)
await ways[way]()
