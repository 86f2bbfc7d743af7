import { appendFileSync, readSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'

/**
 * Writes to a database at random, from a seed, and notes in FILE.truth the rows after each commit that has changed them, by
 * what SQLite itself answers: node random-writer.mjs FILE '{"seed":1,…}'.
 */
const [, , file, options] = process.argv
const { seed, pageSize, autoVacuum, shape, commits, inStep } = JSON.parse(options)

let state = seed
function random(below) {
  // https://en.wikipedia.org/wiki/Xorshift
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const TABLES = {
  rowid: `CREATE TABLE goals (id TEXT PRIMARY KEY, objective TEXT, status TEXT, tokens INTEGER)`,
  integer: `CREATE TABLE goals (objective TEXT, id INTEGER PRIMARY KEY, status TEXT, tokens REAL)`,
  without: `CREATE TABLE goals (objective TEXT, status TEXT, id, tokens INTEGER, PRIMARY KEY (id)) WITHOUT ROWID`,
}

let database
const encoding = ['UTF-8', 'UTF-16le', 'UTF-16be'][random(3)]
let last = ''
let added = 0
let checkpointAfter = 0

function open() {
  database = new Database(file)
  database.pragma(`page_size = ${pageSize}`)
  database.pragma(`encoding = '${encoding}'`)
  database.pragma(`auto_vacuum = ${autoVacuum}`)
  database.pragma('journal_mode = WAL')
  checkpointAfter = inStep ? [0, 1000][random(2)] : [0, 3, 50, 1000][random(4)]
  database.pragma(`wal_autocheckpoint = ${checkpointAfter}`)
  database.pragma('synchronous = OFF')
  database.pragma('cache_size = 5')
}

function note() {
  const rows = database.prepare('SELECT id, status, tokens, length(objective) FROM goals ORDER BY id').raw().all()
  const text = JSON.stringify(rows)
  if (text !== last) appendFileSync(`${file}.truth`, `${text}\n`)
  last = text
}

const longest = pageSize * 3
const id = () => (shape === 'integer' ? random(60) - 5 : `goal-${random(60)}`)
const objective = () => (random(4) === 0 ? 'ö'.repeat(random(longest)) : 'x'.repeat(random(80)))
const statuses = ['active', 'paused', 'complete']

function mutate() {
  switch (random(6)) {
    case 0:
    case 1:
      return database
        .prepare('INSERT OR REPLACE INTO goals (id, objective, status, tokens) VALUES (?, ?, ?, ?)')
        .run(id(), objective(), statuses[random(3)], random(2 ** 31) * 2 ** random(20))
    case 2:
      return database.prepare('DELETE FROM goals WHERE id = ?').run(id())
    case 3:
      return database.prepare('UPDATE goals SET objective = ? WHERE id = ?').run(objective(), id())
    case 4:
      return database.prepare('UPDATE goals SET tokens = tokens + 1 WHERE id >= ?').run(id())
    default:
      return database.prepare('UPDATE goals SET status = ? WHERE id = ?').run(statuses[random(3)], id())
  }
}

function transaction() {
  database.exec('BEGIN')
  for (let n = random(6); n >= 0; n--) {
    mutate()
    if (random(5) > 0) continue
    database.exec('SAVEPOINT inner')
    for (let m = random(5); m >= 0; m--) mutate()
    database.exec(random(2) === 0 ? 'ROLLBACK TO inner' : 'RELEASE inner')
  }
  database.exec(random(5) === 0 ? 'ROLLBACK' : 'COMMIT')
}

function other() {
  switch (random(8)) {
    case 0:
      return database.pragma(`wal_checkpoint(${['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'][random(4)]})`)
    case 1:
      return database.exec('VACUUM')
    case 2:
      return database.exec(`ALTER TABLE goals ADD COLUMN extra${added++} DEFAULT 'more'`)
    case 3:
      return database.exec('CREATE INDEX IF NOT EXISTS by_status ON goals (status)')
    case 4:
      database.close()
      return open()
    case 5:
      return database.pragma('incremental_vacuum(3)')
    case 6:
      return database.exec(
        `BEGIN; CREATE TABLE IF NOT EXISTS junk (a); INSERT INTO junk VALUES (randomblob(${longest})); COMMIT`,
      )
    default:
      return database.exec(
        `BEGIN; DROP INDEX IF EXISTS by_status; CREATE TABLE rebuilt AS SELECT * FROM goals; DROP TABLE goals; ${TABLES[shape]};
         INSERT INTO goals (id, objective, status, tokens) SELECT id, objective, status, tokens FROM rebuilt; DROP TABLE rebuilt; COMMIT`,
      )
  }
}

/** The reader has read all so far, and waits for more. */
function turn() {
  if (!inStep) return
  writeSync(1, '.')
  readSync(0, Buffer.alloc(1))
}

open()
database.exec(TABLES[shape])
note()
turn()
for (let n = 0; n < commits; n++) {
  if (random(12) === 0) {
    // Some of them take history away.
    turn()
    other()
  } else if (random(3) === 0) mutate()
  else transaction()
  note()
  if (random(6) === 0) turn()
}
turn()
