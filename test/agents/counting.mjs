// An agent that asks SQL what its last statement has changed: node counting.mjs FILE
import { dirname, join } from 'node:path'
import { Database, GOALS, inTransaction, say, take } from './goals.mjs'

const folder = dirname(process.argv[2])
const open = (name, ...sql) => {
  const db = new Database(join(folder, `${name}.sqlite`))
  for (const text of ['PRAGMA journal_mode = WAL', ...sql]) db.exec(text)
  return db
}
const KV = 'CREATE TABLE IF NOT EXISTS kv (k, v)'
const COUNTS = `INSERT INTO kv SELECT last_insert_rowid(), changes()`
const left = (db, table) => say('left', () => db.prepare(`SELECT * FROM ${table}`).all())

// An upsert in two statements.
const own = open('own', 'CREATE TABLE goals (id INTEGER PRIMARY KEY, name TEXT, status TEXT)')
for (const status of ['active', 'paused', 'blocked', 'complete']) {
  say(status, () =>
    inTransaction(own, () => [
      own.prepare('UPDATE goals SET status = ? WHERE name = ?').run(status, 'a').changes,
      own.prepare('INSERT INTO goals (name, status) SELECT ?, ? WHERE changes() = 0').run('a', status),
    ]),
  )
}
left(own, 'goals')

// A log of what has changed, made within the transaction.
const logged = open('logged', GOALS, take('a'), take('b'), take('c'))
for (const thread of ['a', 'none', 'b']) {
  say(thread, () =>
    inTransaction(logged, () => {
      logged.prepare(`UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?`).run(thread)
      logged.exec('CREATE TABLE IF NOT EXISTS log (message)')
      logged.exec(`INSERT INTO log SELECT 'goal changed' WHERE changes() > 0`)
      logged.exec(KV)
      logged.exec(COUNTS)
    }),
  )
}
left(logged, 'log')
left(logged, 'kv')

// The first statement after goals have come, outside of a transaction and inside of one.
for (const changed of [0, 2, 5000]) {
  const rows = `WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${changed}) INSERT INTO kv SELECT i, 'row' FROM n`
  for (const begin of ['', 'BEGIN']) {
    const db = open(`first-${changed}-${begin || 'alone'}`, KV, `INSERT INTO kv VALUES ('first', 'row')`)
    if (begin) db.exec(begin)
    db.exec(rows)
    db.exec(GOALS)
    db.exec(COUNTS)
    db.exec(take('a'))
    db.exec(COUNTS)
    if (begin) db.exec('COMMIT')
    say('counted', () => db.prepare(`SELECT * FROM kv WHERE v <> 'row'`).all())
    say('temporary', () => db.prepare(`SELECT name FROM temp.sqlite_schema WHERE type = 'table'`).all())
  }
}

// While rows of another statement are read, as far as the driver takes that.
const reading = open('reading', KV, `INSERT INTO kv VALUES (1, 2), (3, 4)`)
const rows = reading.prepare('SELECT * FROM kv').iterate()
rows.next()
for (const sql of [`UPDATE kv SET v = 'read'`, GOALS, COUNTS, take('a'), COUNTS]) say(sql, () => void reading.exec(sql))
say('rest', () => [...rows].length)
left(reading, 'kv')
