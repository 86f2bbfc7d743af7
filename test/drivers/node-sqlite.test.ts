import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { FreshFolder } from './fresh-folder.ts'

const REPORTED = ['created g active', 'usage_accounted g active', 'status_changed g complete']
/** Each event once, however often it has been delivered. */
const reportedBy = ({ logs }: Receiver) =>
  [...new Map(logs.map((log) => [log.uid, log])).values()].map(({ eventName, attributes }) => {
    return `${eventName.replace('agent_goal.', '')} ${attributes['agent_goal.id']} ${attributes['agent_goal.status']}`
  })

const CLI = 'node_modules/goaltrace/bin/goaltrace.cjs'

/** Delivers what half a second at the exit was not enough for, on a busy machine. */
async function deliverRest(folder: FreshFolder, { url }: Receiver): Promise<void> {
  await folder.node([CLI, 'relay', 'goals.db', '--once'], { OTEL_EXPORTER_OTLP_ENDPOINT: url })
}

describe('an agent on node:sqlite, without better-sqlite3', () => {
  it.each(['end', 'exit', 'close'])(
    'under register, ending by %s: is reported, and behaves as without goaltrace',
    async (how) => {
      const receiver = await Receiver.start()
      const folder = new FreshFolder()
      folder.copy('test/agents/node-sqlite-agent.mjs', 'agent.mjs')
      const bare = await folder.node(['agent.mjs', 'bare.db', how])
      const args = ['--import', 'goaltrace/register', 'agent.mjs', 'goals.db', how]
      expect(await folder.node(args, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })).toEqual(bare)
      await deliverRest(folder, receiver)
      expect(reportedBy(receiver)).toEqual(REPORTED)
    },
  )

  it('delivers at its exit', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    folder.copy('test/agents/node-sqlite-agent.mjs', 'agent.mjs')
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BLRP_SCHEDULE_DELAY: '60000',
      GOALTRACE_EXIT_LIMIT: '20000',
    }
    await folder.node(['--import', 'goaltrace/register', 'agent.mjs', 'goals.db', 'exit'], env)
    expect(reportedBy(receiver)).toEqual(REPORTED)
    expect(receiver.spans.map(({ name }) => name)).toEqual(['create_goal', 'active', 'goal'])
  })

  it.each([
    ['a require', `const { DatabaseSync } = require('node:sqlite')`],
    ['an import()', `const { DatabaseSync } = await import('node:sqlite')`],
    ['process.getBuiltinModule()', `const { DatabaseSync } = process.getBuiltinModule('node:sqlite')`],
    ['a class that extends it', `import * as s from 'node:sqlite'; class DatabaseSync extends s.DatabaseSync {}`],
  ])('that gets its driver by %s is observed', async (_, load) => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    const agent = `${load}
      const db = new DatabaseSync('goals.db')
      db.exec('CREATE TABLE thread_goals (thread_id PRIMARY KEY, goal_id, status)')
      db.prepare('INSERT INTO thread_goals VALUES (?, ?, ?)').run('t', 'g', 'active')`
    const file = load.includes('require(') ? 'agent.cjs' : 'agent.mjs'
    writeFileSync(join(folder.path, file), agent)
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect((await folder.node(['--import', 'goaltrace/register', file], env)).code).toBe(0)
    await deliverRest(folder, receiver)
    expect(reportedBy(receiver)).toEqual(['created g active'])
  })

  it('is observed by observeGoals()', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    writeFileSync(
      join(folder.path, 'agent.mjs'),
      `import { DatabaseSync } from 'node:sqlite'
      import { observeGoals } from 'goaltrace'
      const db = new DatabaseSync('goals.db')
      db.exec('CREATE TABLE thread_goals (thread_id PRIMARY KEY, goal_id, status)')
      const observation = observeGoals(db)
      db.exec("INSERT INTO thread_goals VALUES ('t', 'g', 'active')")
      await observation.flush()`,
    )
    expect(await folder.node(['agent.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })).toEqual({
      code: 0,
      out: '',
      err: '',
    })
    expect(reportedBy(receiver)).toEqual(['created g active'])
  })
})

describe('the command line, without better-sqlite3', () => {
  it('shows its demo: agent, outbox, relay and backend', async () => {
    const { code, out, err } = await new FreshFolder().node([CLI, 'demo', '--json'])
    expect([code, err]).toEqual([0, ''])
    const kinds = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event_params.event_kind)
    expect(new Set(kinds)).toEqual(new Set(['created', 'usage_accounted', 'status_changed', 'cleared']))
  })

  it('lists, delivers and removes pending rows', async () => {
    const receiver = await Receiver.start()
    const folder = new FreshFolder()
    folder.copy('test/agents/node-sqlite-agent.mjs', 'agent.mjs')
    const unreachable = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    await folder.node(['--import', 'goaltrace/register', 'agent.mjs', 'goals.db', 'end'], unreachable)
    const { out } = await folder.node([CLI, 'outbox', 'goals.db', '--json'])
    expect(JSON.parse(out)).toMatchObject({ waiting: 3, lock: { held: false } })
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect(await folder.node([CLI, 'relay', 'goals.db', '--once'], env)).toEqual({
      code: 0,
      out: 'goals.db: 3 changes delivered, nothing is pending\n',
      err: '',
    })
    expect(reportedBy(receiver)).toEqual(REPORTED)
    expect((await folder.node([CLI, 'remove', 'goals.db'])).out).toContain('_goaltrace_outbox, _goaltrace_senders')
  })
})

describe('a process under register that uses no SQLite', () => {
  it.each([[[]], [['--no-experimental-sqlite']]])('prints nothing about it: %j', async (options) => {
    const args = [...options, '--import', 'goaltrace/register', '-e', 'console.log(1)']
    expect(await new FreshFolder().node(args, { OTEL_LOG_LEVEL: 'warn' })).toEqual({ code: 0, out: '1\n', err: '' })
  })
})
