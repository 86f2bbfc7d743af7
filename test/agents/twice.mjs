// An agent that has opened its database twice: node twice.mjs FILE. Each connection waits for the other in vain.
import { Database, GOALS, say, take } from './goals.mjs'

const [file] = process.argv.slice(2)
const one = new Database(file)
one.exec('PRAGMA journal_mode = WAL')
one.exec(GOALS)
const two = new Database(file, { timeout: 0 })
const spend = 'UPDATE thread_goals SET tokens_used = tokens_used + 1'
const [first, second] = [one.prepare(spend), two.prepare(spend)]
say('taken', () => one.prepare(take('thread')).run())
say('both', () => [first.run(), second.run()])
say('begun', () => one.exec('BEGIN IMMEDIATE') === one)
say('held', () => first.run())
say('refused', () => second.run())
say('refused as text', () => two.exec(spend))
say('seen', () => two.prepare('SELECT tokens_used FROM thread_goals').get())
say('committed', () => one.exec('COMMIT') === one)
say('taken up', () => second.run())
// What it reads first is stale by the time it writes.
say('reads', () => [two.exec('BEGIN') === two, two.prepare('SELECT tokens_used FROM thread_goals').get()])
say('overtaken', () => first.run())
say('too old', () => second.run())
say('given up', () => two.exec('ROLLBACK') === two)
one.close()
say('left', () => second.run())
say('in the end', () => two.prepare('SELECT * FROM thread_goals').all())
