// An agent whose disk has room for its own data, but for nothing more: node full-disk.mjs FILE
import { Database, GOALS, inTransaction, say, take } from './goals.mjs'

const [file] = process.argv.slice(2)
const db = new Database(file)
db.exec(GOALS)
db.exec('CREATE TABLE notes (text BLOB)')
say('taken', () => db.prepare(take('thread')).run())
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
for (let n = 0; n < 5000; n++) spend.run()
say('spent', () => db.prepare('SELECT tokens_used FROM thread_goals').get())
say('too much', () => db.prepare('INSERT INTO notes VALUES (zeroblob(1000000))').run())
say('too much in a transaction', () =>
  inTransaction(db, () => {
    spend.run()
    db.prepare('INSERT INTO notes VALUES (zeroblob(1000000))').run()
  }),
)
say('spent still', () => spend.run())
say('as text', () => db.exec('UPDATE thread_goals SET tokens_used = tokens_used + 1') === db)
say('left', () => db.prepare('SELECT * FROM thread_goals').all())
