import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { realPath } from '../../src/base/real-path.ts'
import { observeGoals } from '../../src/index.ts'
import { CheckpointFile } from '../../src/outbox/checkpoint-file.ts'
import type { GoalLogExporter, GoalLogRecord } from '../../src/telemetry/goal-logs.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { pointsOf, Receiver } from '../receiver.ts'

const SCHEMA = readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8')
const within = { timeout: 60_000 }
let folder: string

beforeEach(() => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  folder = mkdtempSync(join(tmpdir(), 'goaltrace-many-'))
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

async function receiving(): Promise<Receiver> {
  const receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  return receiver
}

function observed(name: string, exporter?: GoalLogExporter) {
  const database = new Database(join(folder, name))
  onTestFinished(() => void database.close())
  database.exec(SCHEMA)
  const observation = observeGoals(database, { exporter })
  const insert = database.prepare(
    `INSERT INTO thread_goals VALUES (?, 'goal', 'Objective', 'active', NULL, 0, 0, 0, 0)`,
  )
  return {
    flush: () => observation.flush(),
    create: (thread: string) => void insert.run(thread),
    deadLetters: () => new CheckpointFile(realPath(database.name), Database).deadLetters(),
  }
}

const many = (count: number, exporter?: GoalLogExporter) =>
  Array.from({ length: count }, (_, n) => observed(`${n}.db`, exporter))
const threads = (records: readonly { attributes: Record<string, unknown> }[]) =>
  records.map(({ attributes }) => String(attributes['gen_ai.conversation.id']))

/** Keeps what it is given until it is let go, and how many exports ran side by side at most. */
function heldExporter() {
  const batches: GoalLogRecord[][] = []
  const held: (() => void)[] = []
  let [running, most] = [0, 0]
  const exporter: GoalLogExporter = {
    export(records, done) {
      most = Math.max(most, ++running)
      batches.push(records)
      held.push(() => {
        running--
        done({ code: 0 })
      })
    },
  }
  return { exporter, batches, next: () => held.shift()?.(), most: () => most }
}

describe('an agent with 100 databases, one a session', () => {
  it('has the events and the counts of all arrive, with no word said', async () => {
    const receiver = await Receiver.start()
    const env = { OTEL_LOG_LEVEL: 'warn', OTEL_BLRP_SCHEDULE_DELAY: '1000' }
    const run = new AgentFolder().start(receiver.url, [100, 3], env, 'test/agents/sessions.mjs', true)
    await expect.poll(() => new Set(receiver.uids).size, within).toBe(300)
    const counted = () =>
      new Set(
        receiver.metrics
          .filter(({ name }) => name === 'agent_goal.count')
          .flatMap(pointsOf)
          .map(({ attributes }) => attributes['file.path']),
      ).size
    await expect.poll(counted, within).toBe(100)
    run.child.kill('SIGTERM')
    expect((await run.ended).stderr).toBe('')
  })

  it('whose receiver is down, says so in two lines, and asks it no oftener than for one', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 401
    const env = { OTEL_LOG_LEVEL: 'warn', OTEL_BLRP_SCHEDULE_DELAY: '50' }
    const run = new AgentFolder().start(receiver.url, [100, 1], env, 'test/agents/sessions.mjs', true)
    const said: string[] = []
    run.child.stderr?.on('data', (chunk) => said.push(String(chunk)))
    await expect.poll(() => said.join(''), within).toMatch(/are pending as well/)
    await expect.poll(() => receiver.logRequests, within).toBeGreaterThan(4)
    expect(receiver.logRequests).toBeLessThan(50)
    run.child.kill('SIGTERM')
    const lines = (await run.ended).stderr.trim().split('\n')
    expect(lines[0]).toMatch(/changes of goals are pending in the outbox of \S+, since delivering them failed: .*401/)
    expect(lines[1]).toMatch(/changes in \S+(?: and \d+ other files?)? are pending as well: .*401/)
    expect(lines).toHaveLength(2)
  })
})

describe('databases of one process', () => {
  it('send in one request what becomes pending while another is under way, and never two side by side', async () => {
    const { exporter, batches, next, most } = heldExporter()
    const all = many(10, exporter)
    for (const [n, goals] of all.entries()) goals.create(`thread-${n}`)
    const flushed = Promise.all(all.map(({ flush }) => flush()))
    await expect.poll(() => batches.length, within).toBe(1)
    // Time for the others to come, of which none needs more than another.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const letting = setInterval(next, 10)
    await flushed
    clearInterval(letting)
    expect(batches.length).toBeLessThan(all.length)
    expect(threads(batches.flat()).sort()).toEqual(all.map((_, n) => `thread-${n}`).sort())
    expect(most()).toBe(1)
  })

  it('send what a hundred of them have pending in a few requests', async () => {
    process.env.OTEL_BLRP_SCHEDULE_DELAY = '3600000'
    onTestFinished(() => void delete process.env.OTEL_BLRP_SCHEDULE_DELAY)
    const receiver = await receiving()
    const all = many(100)
    for (const [n, goals] of all.entries()) goals.create(`thread-${n}`)
    await Promise.all(all.map(({ flush }) => flush()))
    expect(new Set(threads(receiver.logs)).size).toBe(100)
    expect(receiver.logRequests).toBeLessThan(10)
  })

  it('do not wait for one whose records are refused, and only that one sets them aside', async () => {
    const receiver = await receiving()
    const all = many(8)
    for (const [n, goals] of all.entries()) goals.create(`good-${n}`)
    await Promise.all(all.map(({ flush }) => flush()))
    receiver.poison = 'poisoned'
    for (const [n, goals] of all.entries()) goals.create(n === 3 ? 'poisoned' : `better-${n}`)
    await Promise.all(all.map(({ flush }) => flush()))
    expect(threads(receiver.logs).filter((thread) => thread.startsWith('better'))).toHaveLength(7)
    expect(all.map((goals) => goals.deadLetters().length)).toEqual([0, 0, 0, 1, 0, 0, 0, 0])
  })

  it('do not wait for one of which nothing was ever taken', async () => {
    const receiver = await receiving()
    receiver.poison = 'poisoned'
    const [bad, good] = [observed('bad.db'), observed('good.db')]
    for (let n = 0; n < 10; n++) bad.create(`poisoned-${n}`)
    good.create('good')
    await Promise.allSettled([bad.flush(), good.flush()])
    await expect.poll(() => threads(receiver.logs), within).toEqual(['good'])
    await bad.flush()
    expect(bad.deadLetters()).toHaveLength(10)
    expect(good.deadLetters()).toEqual([])
  })

  it('with exporters of their own stay apart: one that hangs holds back none but its own', async () => {
    const [hung, free] = [heldExporter(), heldExporter()]
    const [one, other] = [observed('one.db', hung.exporter), observed('other.db', free.exporter)]
    one.create('one')
    other.create('other')
    const [first, second] = [one.flush(), other.flush()]
    await expect.poll(() => [hung.batches.length, free.batches.length], within).toEqual([1, 1])
    free.next()
    await second
    hung.next()
    await first
    expect([threads(hung.batches.flat()), threads(free.batches.flat())]).toEqual([['one'], ['other']])
  })
})

describe('a checkpoint that a power failure has damaged', () => {
  it('is written again, and what follows is delivered', async () => {
    const receiver = await receiving()
    const goals = observed('goals.db')
    goals.create('before')
    await goals.flush()
    const state = join(folder, 'state')
    const [file = ''] = readdirSync(state).filter((name) => name.endsWith('.checkpoint'))
    writeFileSync(
      join(state, file),
      'no database at all, but long enough to be taken for one by its size alone'.repeat(20),
    )
    goals.create('after')
    await goals.flush()
    expect(threads(receiver.logs)).toContain('after')
    expect(JSON.parse(readFileSync(join(state, file), 'utf8').split('\n')[0] ?? '')).toMatchObject({ seq: 2 })
  })
})
