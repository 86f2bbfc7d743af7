import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { AgentFolder, type AgentRun, LATE } from '../agents/run-agent.ts'
import { type ReceivedSpan, Receiver } from '../receiver.ts'

const LIVING = 'test/agents/living.mjs'

interface Noted {
  readonly goal_id: string
  readonly status: string
  readonly tokens: number
  readonly from_ms: number
  readonly until_ms: number
}

it.each([
  ['few open goals', 4],
  // More than the checkpoint's file has room for.
  ['many open goals', 40],
  ['open goals that become many and few again', 41],
])(
  'agents that take turns and are killed at any moment, with %s, make one whole trace of each goal, and no span of two contents',
  async (_, threads) => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const start = (how: string, env: NodeJS.ProcessEnv = {}): AgentRun =>
      folder.start(
        receiver.url,
        [how],
        { THREADS: `${threads}`, ...(threads === 41 && { WAVES: '1' }), ...env },
        LIVING,
        true,
      )
    let before: AgentRun | undefined
    const kill = async () => {
      before?.child.kill('SIGKILL')
      await before?.ended
      before = undefined
    }
    for (let kills = 0; kills < 8; kills++) {
      // A receiver that goes down between records and spans has these for good: it does so while no agent runs.
      if (kills % 4 === 3 || receiver.mood !== 'ok') await kill()
      receiver.mood = kills % 4 === 3 ? 503 : 'ok'
      const agent = start('on')
      await agent.prints('running')
      await sleep(Math.random() * 150)
      // The one before has gone on meanwhile, and the two have taken turns in delivering.
      await kill()
      await sleep(Math.random() * 250)
      before = agent
    }
    await kill()
    receiver.mood = 'ok'
    expect((await start('finish', LATE).ended).code).toBe(0)

    const contents = new Map<string, ReceivedSpan>()
    for (const { resource: _, ...span } of receiver.spans) {
      const known = contents.get(span.spanId)
      if (known) expect(span).toEqual(known)
      contents.set(span.spanId, span as ReceivedSpan)
    }
    const spans = [...contents.values()]
    const history = folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[]
    const goals = [...new Set(history.map(({ goal_id }) => goal_id))]
    expect(goals.length).toBeGreaterThan(5)
    for (const goal of goals)
      wholeTrace(
        spans,
        history.filter(({ goal_id }) => goal_id === goal),
      )
    expect(spans.filter(({ name }) => name === 'goal')).toHaveLength(goals.length)
  },
  120_000,
)

it.each([
  ['few open goals', 1],
  ['many open goals', 40],
])(
  'an agent with %s that is killed while the receiver answers 503 to spans: its log records did not wait, and the first agent that is answered again sends the spans, once',
  async (_, threads) => {
    const receiver = await Receiver.start()
    receiver.refuses = (path) => (path === '/v1/traces' ? 503 : undefined)
    const folder = new AgentFolder()
    const env = { THREADS: `${threads}`, EVERY_MS: '40' }
    const agent = folder.start(receiver.url, ['on'], env, LIVING, true)
    await expect.poll(() => receiver.logs.length, { timeout: 50_000 }).toBeGreaterThan(20)
    // What is sent now follows a batch whose checkpoint has moved without its spans.
    const { logRequests } = receiver
    await expect.poll(() => receiver.logRequests, { timeout: 50_000 }).toBeGreaterThan(logRequests + 1)
    agent.child.kill('SIGKILL')
    await agent.ended
    const busy = await folder.start(receiver.url, ['begin'], { ...env, ...LATE }, LIVING, true).ended
    expect([busy.code, receiver.spans]).toEqual([0, []])
    receiver.refuses = undefined
    const next = folder.start(receiver.url, ['on'], env, LIVING, true)
    await expect.poll(() => receiver.spans.length, { timeout: 50_000 }).toBeGreaterThan(20)
    next.child.kill('SIGKILL')
    await next.ended
    expect((await folder.start(receiver.url, ['finish'], { ...env, ...LATE }, LIVING, true).ended).code).toBe(0)
    const spans = [...new Map(receiver.spans.map((span) => [span.spanId, span])).values()]
    const history = folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[]
    const goals = new Set(history.map(({ goal_id }) => goal_id))
    expect(spans.filter(({ name }) => name === 'create_goal')).toHaveLength(goals.size)
    for (const goal of goals)
      wholeTrace(
        spans,
        history.filter(({ goal_id }) => goal_id === goal),
      )
    const later = await Receiver.start()
    expect((await folder.start(later.url, ['begin'], { ...env, ...LATE }, LIVING, true).ended).code).toBe(0)
    expect(later.spans.map(({ name }) => name)).toEqual(['create_goal'])
  },
  120_000,
)

it.each([
  ['in this thread', {}],
  // What may go through a proxy is sent by a thread.
  ['in a thread', { NODE_USE_ENV_PROXY: '1' }],
])('an agent that ends by process.exit() goes on with the trace that another has begun, %s', async (_, env) => {
  const receiver = await Receiver.start()
  const folder = new AgentFolder()
  for (const how of ['begin', 'finish']) {
    const run = folder.start(receiver.url, [how, 'exit'], { ...LATE, ...env }, LIVING, true)
    expect((await run.ended).stderr).toBe('')
  }
  expect(receiver.spans.map(({ name }) => name).sort()).toEqual(
    expect.arrayContaining(['active', 'create_goal', 'goal']),
  )
  wholeTrace(receiver.spans, folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[])
})

it.each([
  ['because its event loop runs empty, and spans are refused', 'end', 503, LATE],
  ['by process.exit(), and spans are refused', 'exit', 503, LATE],
  [
    'by process.exit(), and spans are refused, with a thread that sends',
    'exit',
    503,
    { ...LATE, NODE_USE_ENV_PROXY: '1' },
  ],
  ['by process.exit(), and spans are not answered', 'exit', 'never', { ...LATE, GOALTRACE_EXIT_LIMIT: '1500' }],
] as const)('an agent that ends %s: the next one sends them, once', async (_, end, answer, env) => {
  const receiver = await Receiver.start()
  receiver.refuses = (path) => (path === '/v1/traces' ? answer : undefined)
  const folder = new AgentFolder()
  const run = await folder.start(receiver.url, ['begin', end], { ...env, OTEL_LOG_LEVEL: 'warn' }, LIVING, true).ended
  expect(run.stderr).toMatch(/^goaltrace: .*kept for the next start.*\n$/)
  expect([run.code, receiver.logs.length, receiver.spans]).toEqual([0, 1, []])
  receiver.refuses = undefined
  for (const how of ['read', 'finish', 'read'])
    await folder.start(receiver.url, [how, 'exit'], LATE, LIVING, true).ended
  expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(receiver.spans.length)
  wholeTrace(receiver.spans, folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[])
})

it('an agent in memory whose spans are refused at its end says that they are lost', async () => {
  const receiver = await Receiver.start()
  receiver.refuses = (path) => (path === '/v1/traces' ? 503 : undefined)
  for (const way of ['memory', 'memoryExit']) {
    const env = { ...LATE, OTEL_LOG_LEVEL: 'warn' }
    const run = await new AgentFolder().start(receiver.url, [way], env, 'test/agents/ending.mjs', true).ended
    expect(run.stderr).toContain('the receiver does not take spans before the process ends: ')
  }
})

it('an agent in a container, whose state directory is another one each time, goes on with the trace all the same', async () => {
  const receiver = await Receiver.start()
  const folder = new AgentFolder()
  for (const how of ['begin', 'finish']) {
    await folder.start(receiver.url, [how], {}, LIVING, true).ended
    rmSync(folder.state, { recursive: true })
  }
  wholeTrace(receiver.spans, folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[])
})

it('what is kept beside the database and is damaged by a power failure holds no record back, and the trace goes on', async () => {
  const receiver = await Receiver.start()
  const folder = new AgentFolder()
  expect((await folder.start(receiver.url, ['begin'], {}, LIVING, true).ended).code).toBe(0)
  const kept = readdirSync(folder.state).filter((name) => /\.(checkpoint|goals)$/.test(name))
  expect(kept.length).toBeGreaterThan(0)
  for (const name of kept) writeFileSync(join(folder.state, name), 'damaged'.repeat(1000))
  expect((await folder.start(receiver.url, ['finish'], {}, LIVING, true).ended).code).toBe(0)
  expect(receiver.logs.map(({ eventName }) => eventName)).toEqual(['agent_goal.created', 'agent_goal.cleared'])
  wholeTrace(receiver.spans, folder.rows('SELECT * FROM history ORDER BY rowid') as unknown as Noted[])
})

/** Its root, and a phase for each time that the agent has noted, at the times that it has noted. */
function wholeTrace(spans: readonly ReceivedSpan[], noted: readonly Noted[]): void {
  const own = spans.filter(({ attributes }) => attributes['agent_goal.id'] === noted[0]?.goal_id)
  const root = own.find(({ name }) => name === 'goal')
  expect(root, noted[0]?.goal_id).toBeDefined()
  expect(new Set(own.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]))
  for (const span of own) {
    if (span !== root) expect(span.parentSpanId).toBe(root?.spanId)
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root?.startTimeUnixNano ?? 0))
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root?.endTimeUnixNano ?? 0))
  }
  const phases = own
    .filter(({ name }) => !['goal', 'turn', 'create_goal', 'set_goal_status'].includes(name))
    .sort(byStart)
  expect(phases.map(({ name }) => name)).toEqual(noted.slice(0, -1).map(({ status }) => status))
  for (const [at, phase] of phases.entries()) {
    expect(within(noted[at], msOf(phase.startTimeUnixNano))).toBe(true)
    expect(within(noted[at + 1], msOf(phase.endTimeUnixNano))).toBe(true)
  }
  const failures = own.filter(({ name }) => name === 'set_goal_status').sort(byStart)
  const failed = noted.slice(0, -1).filter(({ status }) => status === 'blocked' || status === 'budget_limited')
  expect(failures.map(({ attributes }) => attributes['agent_goal.status'])).toEqual(failed.map(({ status }) => status))
  for (const [at, failure] of failures.entries()) {
    expect(within(failed[at], msOf(failure.endTimeUnixNano))).toBe(true)
    expect(failure.status.code).toBe(2)
  }
  expect(root?.attributes['agent_goal.usage.tokens']).toBe(noted.at(-1)?.tokens)
  expect(root?.attributes).not.toHaveProperty('agent_goal.begin_unseen')
  const turns = own.filter(({ name }) => name === 'turn').sort(byStart)
  for (const [at, turn] of turns.entries()) {
    if (at > 0) expect(msOf(turn.startTimeUnixNano)).toBeGreaterThanOrEqual(msOf(turns[at - 1]?.endTimeUnixNano))
  }
}

const msOf = (nanoseconds = '0') => Number(BigInt(nanoseconds) / 1_000_000n)
const byStart = (one: ReceivedSpan, other: ReceivedSpan) =>
  Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)) ||
  Number(BigInt(one.endTimeUnixNano) - BigInt(other.endTimeUnixNano))
const within = (noted: Noted | undefined, ms: number) =>
  noted !== undefined && noted.from_ms <= ms && ms <= noted.until_ms
