// An agent of three threads, each with its own connection: node workers.mjs FILE. One of them ends by process.exit().
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads'
import { Database, GOALS, take } from './goals.mjs'

if (isMainThread) {
  const [file] = process.argv.slice(2)
  const db = new Database(file, { timeout: 5000 })
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(GOALS)
  db.exec(take('main'))
  const workers = ['end', 'close', 'exit'].map((how) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { file, how } })
    const said = []
    worker.on('message', (message) => said.push(message))
    return new Promise((resolve) => void worker.once('exit', (code) => resolve({ how, said, code })))
  })
  console.log(await Promise.all(workers))
  console.log(db.prepare('SELECT thread_id, tokens_used FROM thread_goals ORDER BY 1').all())
} else {
  const { file, how } = workerData
  const db = new Database(file, { timeout: 5000 })
  db.exec(take(how))
  const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
  for (let n = 0; n < 10; n++) spend.run(how)
  parentPort.postMessage(spend.run(how))
  if (how === 'close') db.close()
  if (how === 'exit') process.exit(4)
  parentPort.postMessage(threadId > 0)
}
