import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { goaltrace, scratchFolder } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { bun, hasBun } from '../drivers/bun.ts'
import { FreshFolder } from '../drivers/fresh-folder.ts'
import { Receiver } from '../receiver.ts'

const LIVING = 'test/agents/living.mjs'
const TAKEN = { timeout: 50_000 }

/** A folder in which an agent was killed whose log records are delivered, and whose spans no receiver has taken. */
async function withKeptSpans(threads: number) {
  const receiver = await Receiver.start()
  receiver.refuses = (path) => (path === '/v1/traces' ? 503 : undefined)
  const folder = new AgentFolder()
  const agent = folder.start(receiver.url, ['on'], { THREADS: `${threads}`, EVERY_MS: '20' }, LIVING, true)
  await expect.poll(() => folder.rows("SELECT * FROM history WHERE status = 'active'").length, TAKEN).toBeGreaterThan(2)
  const { length: before } = receiver.logs
  await expect.poll(() => receiver.logs.length, TAKEN).toBeGreaterThan(before + 20)
  await expect.poll(() => readdirSync(folder.state).some((name) => name.endsWith('.spans')), TAKEN).toBe(true)
  agent.child.kill('SIGKILL')
  await agent.ended
  // What was pending when it was killed is delivered, so that only spans are left.
  await folder.start(receiver.url, ['read', 'end'], LATE, LIVING, true).ended
  expect(receiver.spans).toEqual([])
  return folder
}

const namesOf = ({ spans }: Receiver) => new Set(spans.map(({ name }) => name))

describe('spans that were kept', () => {
  it.each([
    ['that goes on', 'stay', {}, 3],
    ['that goes on, with many open goals', 'stay', {}, 40],
    ['that ends at once', 'end', LATE, 3],
    ['that ends by process.exit() at once', 'exit', LATE, 3],
    ['that ends by process.exit() at once, with a thread that sends', 'exit', { ...LATE, NODE_USE_ENV_PROXY: '1' }, 3],
  ])('are sent by an agent that only reads, %s, and not again by the next', async (_, end, env, threads) => {
    const folder = await withKeptSpans(threads)
    const receiver = await Receiver.start()
    const agent = folder.start(receiver.url, ['read', end], env, LIVING, true)
    await expect.poll(() => namesOf(receiver), TAKEN).toContain('create_goal')
    if (end === 'stay') {
      await expect.poll(() => readdirSync(folder.state).some((name) => name.endsWith('.spans')), TAKEN).toBe(false)
      agent.child.kill('SIGKILL')
    }
    await agent.ended
    expect(receiver.logs).toEqual([])
    const next = await Receiver.start()
    await folder.start(next.url, ['read', 'end'], LATE, LIVING, true).ended
    expect(next.spans).toEqual([])
  })

  it('are sent by goaltrace relay, though no change is pending', async () => {
    const folder = await withKeptSpans(3)
    const receiver = await Receiver.start()
    const env = { GOALTRACE_STATE_DIR: folder.state, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect((await goaltrace(['relay', folder.file, '--once'], env).ended).code).toBe(0)
    expect([receiver.logs, namesOf(receiver)]).toEqual([[], expect.any(Set)])
    expect(namesOf(receiver)).toContain('create_goal')
  })

  it('are sent by goaltrace watch at its start, though nothing changes', async () => {
    const [folder, receiver] = [scratchFolder(), await Receiver.start()]
    receiver.refuses = (path) => (path === '/v1/traces' ? 503 : undefined)
    const database = new Database(join(folder, 'goals.db'))
    database.pragma('journal_mode = WAL')
    database.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY, goal_id TEXT, status TEXT)')
    const killed = await watching(['goals.db'], folder, receiver)
    database.exec(`INSERT INTO thread_goals VALUES ('t', 'g', 'active')`)
    await expect
      .poll(() => readdirSync(join(folder, 'state')).some((name) => name.endsWith('.spans')), TAKEN)
      .toBe(true)
    killed.child.kill('SIGKILL')
    await killed.ended
    receiver.refuses = undefined
    const { length: records } = receiver.logs
    const next = await watching(['goals.db'], folder, receiver)
    await expect.poll(() => [...namesOf(receiver)], TAKEN).toEqual(['create_goal'])
    expect((await next.end()).code).toBe(0)
    expect([records, receiver.logs.length]).toEqual([1, 1])
    database.close()
  })

  it('stay kept where a process exports no spans, and where it follows no goals', async () => {
    const folder = await withKeptSpans(3)
    for (const off of [{ OTEL_TRACES_EXPORTER: 'none' }, { GOALTRACE_GOAL_TRACES: 'false' }]) {
      const other = await Receiver.start()
      await folder.start(other.url, ['begin'], { ...LATE, ...off }, LIVING, true).ended
    }
    const receiver = await Receiver.start()
    await folder.start(receiver.url, ['read', 'end'], LATE, LIVING, true).ended
    expect(namesOf(receiver)).toContain('create_goal')
  })
})

describe('changes that an outbox of recordGoalChange kept', () => {
  const DOWN = 'http://127.0.0.1:9'
  const GOAL = `{ threadId: 't', goalId: 'g', status: 'active' }`
  const KILLED = `import { recordGoalChange } from 'goaltrace'
    recordGoalChange(null, ${GOAL}, {}, { outbox: 'outbox.db' })
    process.kill(process.pid, 'SIGKILL')`
  const ways: [string, string][] = [
    ['wraps a store', `instrumentGoalStore({ set() {} }, { set: () => [] }, { outbox: 'outbox.db' })`],
    ['records what is no event', `recordGoalChange(${GOAL}, ${GOAL}, {}, { outbox: 'outbox.db' })`],
    ['asks for it', `deliverPending({ outbox: 'outbox.db' })`],
  ]
  const ends: [string, string][] = [
    ['goes on', `setInterval(() => existsSync('stop') && process.kill(process.pid, 'SIGKILL'), 20)`],
    ['ends at once', ''],
    ['ends by process.exit()', 'process.exit()'],
  ]
  const cases = ways.flatMap(([way, does]) => ends.map(([end, ends]) => [way, end, does, ends] as const))

  const next = (does: string, ends: string) =>
    `import { existsSync } from 'node:fs'
    import { deliverPending, instrumentGoalStore, recordGoalChange } from 'goaltrace'\n${does}\n${ends}`

  it.each(cases)('are delivered by a process that only %s and %s', async (_, __, does, ends) => {
    const [folder, receiver] = [new FreshFolder(), await Receiver.start()]
    writeFileSync(join(folder.path, 'killed.mjs'), KILLED)
    writeFileSync(join(folder.path, 'next.mjs'), next(does, ends))
    await folder.node(['killed.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: DOWN })
    const run = folder.node(['next.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, GOALTRACE_EXIT_LIMIT: '20000' })
    await expect.poll(() => receiver.logs.map(({ eventName }) => eventName), TAKEN).toEqual(['agent_goal.created'])
    writeFileSync(join(folder.path, 'stop'), '')
    expect((await run).err).toBe('')
  })

  it.each(cases.filter(() => hasBun))(
    'are delivered in Bun by a process that only %s and %s',
    async (_, __, does, ends) => {
      const [folder, receiver] = [new FreshFolder(), await Receiver.start()]
      writeFileSync(join(folder.path, 'killed.mjs'), KILLED)
      writeFileSync(join(folder.path, 'next.mjs'), next(does, ends))
      await bun(folder, ['killed.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: DOWN })
      const run = bun(folder, ['next.mjs'], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
      await expect.poll(() => receiver.logs.map(({ eventName }) => eventName), TAKEN).toEqual(['agent_goal.created'])
      writeFileSync(join(folder.path, 'stop'), '')
      expect((await run).err).toBe('')
    },
  )

  it('cost nothing where there are none: no file is made, and no database opened', async () => {
    const [folder, receiver] = [new FreshFolder(), await Receiver.start()]
    for (const [, does] of ways) {
      writeFileSync(join(folder.path, 'next.mjs'), next(does, 'setTimeout(() => {}, 500)'))
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
      expect(await folder.node(['next.mjs'], env)).toEqual({ code: 0, out: '', err: '' })
    }
    expect(readdirSync(folder.path)).not.toContain('outbox.db')
  })

  it.each(ways)('leave a file without an outbox as it is, for a process that %s', async (_, does) => {
    const folder = new FreshFolder()
    const file = join(folder.path, 'outbox.db')
    new Database(file).exec('CREATE TABLE notes (note)').close()
    const before = readFileSync(file)
    writeFileSync(join(folder.path, 'next.mjs'), next(does, 'setTimeout(() => {}, 500)'))
    expect(await folder.node(['next.mjs'])).toEqual({ code: 0, out: '', err: '' })
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
