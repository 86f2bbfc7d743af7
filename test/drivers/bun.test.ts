import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { goaltrace } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { Receiver } from '../receiver.ts'
import { bun, hasBun } from './bun.ts'
import { FreshFolder } from './fresh-folder.ts'

const CHANGES = ['created 0', ...[5, 6, 7, 8, 9].map((tokens) => `usage_accounted ${tokens}`), 'status_changed 9']

/** Each event once, however often it was delivered. */
const reportedBy = ({ logs }: Receiver) =>
  [...new Map(logs.map((log) => [log.uid, log])).values()].map(({ eventName, attributes }) => {
    return `${eventName.replace('agent_goal.', '')} ${attributes['agent_goal.usage.tokens']}`
  })

const DOWN = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', GOALTRACE_EXIT_LIMIT: '200' }

describe.skipIf(!hasBun)('an agent in Bun', () => {
  it.each(['end', 'exit', 'throw', 'close'])(
    'on bun:sqlite under --preload goaltrace/register, ending by %s: is reported, and behaves as without goaltrace',
    async (how) => {
      const receiver = await Receiver.start()
      const folder = new FreshFolder()
      folder.copy('test/drivers/bun-agent.mjs', 'agent.mjs')
      const bare = await bun(folder, ['agent.mjs', 'bare.db', how])
      const args = ['--preload', 'goaltrace/register', 'agent.mjs', 'goals.db', how]
      expect(await bun(folder, args, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })).toEqual(bare)
      await goaltrace(['relay', join(folder.path, 'goals.db'), '--once'], {
        GOALTRACE_STATE_DIR: join(folder.path, 'state'),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      }).ended
      expect(reportedBy(receiver)).toEqual(CHANGES)
    },
  )

  it('that is killed loses nothing: its next start reports what was pending', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    folder.copy('test/drivers/bun-agent.mjs', 'agent.mjs')
    const args = ['--preload', 'goaltrace/register', 'agent.mjs', 'goals.db', 'stays']
    expect((await bun(folder, args, DOWN, 'changed')).code).toBe(null)
    writeFileSync(
      join(folder.path, 'next.mjs'),
      `import { Database } from 'bun:sqlite'
      new Database('goals.db').query('SELECT * FROM thread_goals').all()`,
    )
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect(await bun(folder, ['--preload', 'goaltrace/register', 'next.mjs'], env)).toEqual({
      code: 0,
      out: '',
      err: '',
    })
    expect(reportedBy(receiver)).toEqual(CHANGES)
  })

  it('observes a connection by observeGoals, with the statements that it had prepared before', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    writeFileSync(
      join(folder.path, 'agent.mjs'),
      `import { Database } from 'bun:sqlite'
      import { observeGoals } from 'goaltrace'
      const db = new Database('goals.db')
      db.run('CREATE TABLE thread_goals (thread_id PRIMARY KEY, goal_id, status, tokens_used)')
      const early = db.query("INSERT INTO thread_goals VALUES ('t', 'g', 'active', ?)")
      const observation = observeGoals(db)
      console.log(early.run(9007199254740991))
      db.run('DROP TABLE IF EXISTS other')
      db.query('DELETE FROM thread_goals').run()
      await observation.flush()`,
    )
    const { code, out, err } = await bun(folder, ['agent.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect([code, out.replace(/\s+/g, ' '), err]).toEqual([0, '{ changes: 1, lastInsertRowid: 1, } ', ''])
    expect(reportedBy(receiver)).toEqual(['created 9007199254740991', 'cleared 9007199254740991'])
  })

  it('records changes that it keeps elsewhere: its outbox outlives a kill', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    writeFileSync(
      join(folder.path, 'agent.mjs'),
      `import { instrumentGoalStore, recordGoalChange } from 'goaltrace'
      const goal = { threadId: 't', goalId: 'g', status: 'active', tokensUsed: 1 }
      const outbox = { outbox: 'outbox.db' }
      recordGoalChange(null, goal, {}, outbox)
      const store = { usage: (tokensUsed) => ({ ...goal, tokensUsed }) }
      instrumentGoalStore(store, { usage: (after) => ({ before: goal, after }) }, outbox)
      store.usage(2)
      if (process.argv[2] === 'kill') process.kill(process.pid, 'SIGKILL')
      if (process.argv[2] === 'exit') process.exit(3)`,
    )
    expect((await bun(folder, ['agent.mjs', 'kill'], DOWN)).code).toBe(null)
    expect(await bun(folder, ['agent.mjs', 'exit'], DOWN)).toMatchObject({ code: 3, out: '' })
    expect(receiver.logs).toEqual([])
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect(await bun(folder, ['agent.mjs'], env)).toEqual({ code: 0, out: '', err: '' })
    expect(reportedBy(receiver)).toEqual(Array(3).fill(['created 1', 'usage_accounted 2']).flat())
  })

  it('never loads better-sqlite3, which would end its process', async () => {
    const folder = new FreshFolder()
    const addon = join(folder.path, 'node_modules/better-sqlite3')
    writeFileSync(
      join(folder.path, 'agent.mjs'),
      `import { mkdirSync, writeFileSync } from 'node:fs'
      mkdirSync(${JSON.stringify(addon)})
      writeFileSync(${JSON.stringify(join(addon, 'index.js'))}, 'process.kill(process.pid, "SIGKILL")')
      const { recordGoalChange } = await import('goaltrace')
      recordGoalChange(null, { threadId: 't', goalId: 'g', status: 'active' })
      console.log('goes on')`,
    )
    expect(await bun(folder, ['agent.mjs'], DOWN)).toMatchObject({ code: 0, out: 'goes on\n' })
  })

  it('is reported from outside by goaltrace watch', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    folder.copy('test/drivers/bun-agent.mjs', 'agent.mjs')
    const file = join(folder.path, 'goals.db')
    new Database(file).exec('PRAGMA journal_mode = WAL').close()
    const running = await watching([file], folder.path, receiver)
    // Killed, since the last one to close a database takes its log away, which may be sooner than anybody can look.
    await bun(folder, ['agent.mjs', 'goals.db', 'stays'], {}, 'changed')
    await expect.poll(() => receiver.logs.at(-1)?.eventName, { timeout: 50_000 }).toBe('agent_goal.status_changed')
    expect((await running.end()).code).toBe(0)
    expect(reportedBy(receiver)).toEqual(CHANGES)
  })
})
