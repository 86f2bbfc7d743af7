// An agent whose database another process migrates while it runs: node migrated.mjs FILE SQL…
import { execFileSync } from 'node:child_process'
import { Database, GOALS, inTransaction, say, take } from './goals.mjs'

const [file, ...migrations] = process.argv.slice(2)
const db = new Database(file)
db.exec('PRAGMA journal_mode = WAL')
db.exec(GOALS)
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + ? RETURNING tokens_used')
say('taken', () => db.prepare(take('thread')).run())
say('spent', () => spend.get(1))
for (const sql of migrations) {
  const migrate = `new (require('better-sqlite3'))(${JSON.stringify(file)}).exec(${JSON.stringify(sql)})`
  execFileSync(process.execPath, ['-e', migrate], { env: { ...process.env, NODE_OPTIONS: '' } })
  say(sql, () => spend.all(1))
  say('in a transaction', () => inTransaction(db, () => [spend.get(10), spend.get(10)]))
  say('by text', () => db.exec(`UPDATE thread_goals SET tokens_used = tokens_used + 100`) === db)
  say('by iteration', () => [...spend.iterate(1000)])
}
say('ended', () => db.prepare(`UPDATE thread_goals SET status = 'complete'`).run())
say('left', () => db.prepare('SELECT * FROM thread_goals').all())
