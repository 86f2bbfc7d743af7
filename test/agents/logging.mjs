// An agent that prints each statement as better-sqlite3 runs it: node logging.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { GOALS, say, take } from './goals.mjs'

class Goals extends Database {
  constructor(file) {
    super(file, { verbose: (statement, ...more) => console.log('log', statement, more.length) })
  }
}

const [file] = process.argv.slice(2)
for (const [name, db] of [
  ['new', new Database(file, { verbose: console.log })],
  ['no new', Database(file, { verbose: console.log })],
  ['of its own class', new Goals(file)],
  ['in memory', new Goals(':memory:')],
]) {
  db.exec(GOALS)
  say(name, () => db.prepare(take(name)).run())
  say('in a transaction', () => db.transaction(() => db.prepare('UPDATE thread_goals SET tokens_used = 5').run())())
  say('no text', () => db.exec(null))
  say('no text', () => db.prepare(null))
  say('class', () => [db.constructor.name, db instanceof Database, db.constructor === Database])
  await sleep(100)
  say('another', () => db.prepare('DELETE FROM thread_goals').run())
  db.close()
}
say('no function', () => new Database(file, { verbose: 'yes' }))
say('no options', () => new Database(file, 'yes'))
say('no folder', () => new Database('/no/such/folder/goals.db', { verbose: console.log }))
say('class', () => [Database.name, Database.length, typeof Database.SqliteError, Object.keys(Database)])
