import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'

/** Runs each line of its input as SQL, or opens and closes the database, and answers each: node sql-process.mjs FILE. */
let database
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'open') database = new Database(process.argv[2])
  else if (line === 'close') database.close()
  else if (line === 'all') process.stdout.write(JSON.stringify(database.prepare('SELECT * FROM goals').all()))
  else database.exec(line)
  process.stdout.write('\n')
}
