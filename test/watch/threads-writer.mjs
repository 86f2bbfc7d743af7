import { isMainThread, Worker, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** Several threads change goals of their own in one database, one a commit: node threads-writer.mjs FILE THREADS COMMITS. */
const [, , file, threads, commits] = process.argv
const database = new Database(file, { timeout: 60_000 })

if (isMainThread) {
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE goals (id INTEGER PRIMARY KEY, tokens INT); CREATE TABLE truth (n INTEGER PRIMARY KEY, id, tokens);
    CREATE TRIGGER noted AFTER UPDATE ON goals BEGIN INSERT INTO truth (id, tokens) VALUES (NEW.id, NEW.tokens); END`)
  for (let id = 0; id < Number(threads); id++) database.exec(`INSERT INTO goals VALUES (${id}, 0)`)
  process.stdout.write('.')
  process.stdin.once('data', async () => {
    const workers = Array.from(
      { length: Number(threads) },
      (_, id) => new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: id }),
    )
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
    process.stdout.write(JSON.stringify(database.prepare('SELECT id, tokens FROM truth ORDER BY n').raw().all()))
    process.stdin.once('data', () => process.exit())
  })
} else {
  const spend = database.prepare('UPDATE goals SET tokens = tokens + 1 WHERE id = ?')
  for (let n = 0; n < Number(commits); n++) spend.run(workerData)
}
