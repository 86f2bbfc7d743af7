// An agent whose database is locked by another process for a while: node locked-out.mjs FILE
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Database, GOALS, say, take } from './goals.mjs'

const [file] = process.argv.slice(2)
const db = new Database(file, { timeout: 400 })
db.exec(GOALS)

/** A process that holds the lock until it is released, or for the given time. */
async function lockHolder(begin, letsGoAfterMs = 60_000) {
  const script = `const db = new (require('better-sqlite3'))(${JSON.stringify(file)})
    db.exec(${JSON.stringify(begin)})
    console.log('locked')
    process.stdin.on('data', () => process.exit())
    setTimeout(() => process.exit(), ${letsGoAfterMs})`
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.write('go')
    await once(child, 'exit')
  }
}

/** How many times its limit of 400 ms it has waited, roughly. */
function waits(run) {
  const startedAt = performance.now()
  say('', run)
  console.log('waited', Math.min(3, Math.floor((performance.now() - startedAt) / 390)))
}

const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
for (const begin of ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE']) {
  const letGo = await lockHolder(begin)
  // The first change of a goal, at which goaltrace would attach, and the second.
  waits(() => db.prepare(take(begin)).run())
  waits(() => spend.run())
  await letGo()
  say('free', () => db.prepare(take(begin)).run())
}
db.exec('PRAGMA busy_timeout = 10000')
await lockHolder('BEGIN IMMEDIATE', 300)
say('waited for', () => spend.run())
say('left', () => db.prepare('SELECT * FROM thread_goals').all())
