// An agent with its own database class, which knows where its file is: node own-class.mjs FILE
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, GOALS, say, take } from './goals.mjs'

const [file] = process.argv.slice(2)

class Goals extends Database {
  constructor() {
    super(file)
    console.log('opened')
    this.exec('PRAGMA journal_mode = WAL')
    this.exec(`${GOALS}; CREATE TABLE IF NOT EXISTS opened (n)`)
    this.prepare('INSERT INTO opened VALUES (1)').run()
  }
}

const db = new Goals()
say('taken', () => db.prepare(take('thread')).run())
await sleep(300)
say('spent', () => db.prepare('UPDATE thread_goals SET tokens_used = 5').run())
await sleep(300)
say('another connection', () => new Database(file).prepare('UPDATE thread_goals SET tokens_used = 6').run())
await sleep(300)
say('opened', () => db.prepare('SELECT count(*) AS times FROM opened').get())
