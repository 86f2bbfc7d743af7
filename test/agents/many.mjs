// An agent of ten databases, all open at once: node many.mjs FILE. One of them has no goals, one is in memory.
import { Database, GOALS, take } from './goals.mjs'

const [file] = process.argv.slice(2)
const names = Array.from({ length: 10 }, (_, n) => (n === 9 ? ':memory:' : file.replace('.sqlite', `${n}.sqlite`)))
const databases = names.map((name) => new Database(name))
databases[8].exec('CREATE TABLE notes (text)')
for (const db of databases) {
  if (db === databases[8]) console.log(db.prepare(`INSERT INTO notes VALUES ('none')`).run())
  else {
    db.exec(GOALS)
    console.log(db.prepare(take('thread')).run())
  }
}
for (let n = 0; n < 20; n++) {
  for (const db of databases) {
    if (db !== databases[8]) db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1').run()
  }
}
for (const db of databases) {
  const tables = `SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_goaltrace_*'`
  console.log(db.prepare(tables).get())
  db.close()
}
