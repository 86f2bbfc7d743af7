import { describe, expect, it } from 'vitest'
import { ofAnyRun } from '../agents/both.ts'
import { type AgentEnd, AgentFolder, type AgentRun, LATE } from '../agents/run-agent.ts'
import { pointsOf, Receiver } from '../receiver.ts'

interface Sum {
  readonly sum: { readonly dataPoints: readonly [{ readonly startTimeUnixNano: string }] }
}

const ENDING = 'test/agents/ending.mjs'

/** What may go through a proxy is sent by a thread at an exit, as what takes TLS is. */
const THREAD: NodeJS.ProcessEnv = { ...LATE, NODE_USE_ENV_PROXY: '1' }

/** ending.mjs, under register where there is a receiver. */
function start(receiver: Receiver | undefined, way: string, env = LATE): AgentRun {
  return new AgentFolder().start(receiver?.url, [way], env, ENDING, receiver !== undefined)
}

describe('an agent that ends with goals just changed', () => {
  it.each([
    ['because its event loop runs empty', 'end', 0],
    ['because its event loop runs empty, its database closed', 'close', 0],
    ['by process.exit()', 'exit', 3],
    ['by process.exit(), with a thread that sends', 'exit', 3, THREAD],
    ['by an uncaught exception', 'throw', 1],
    ['by an uncaught exception, with a thread that sends', 'throw', 1, THREAD],
  ])(
    '%s: its events are delivered, its output and exit code are its own',
    async (_, how, code, env: NodeJS.ProcessEnv = LATE) => {
      const receiver = await Receiver.start()
      const [observed, bare] = [new AgentFolder(), new AgentFolder()]
      const end = await observed.run(receiver.url, [20, how], env)
      const without = await bare.run(undefined, [20, how], env)
      expect(receiver.logs).toHaveLength(observed.committed())
      expect([receiver.spanRequests, receiver.metrics.length > 0]).toEqual([1, true])
      expect(end.code).toBe(code)
      expect([end.stdout, ofAnyRun(end.stderr)]).toEqual([without.stdout, ofAnyRun(without.stderr)])
    },
  )

  it.each([
    ['end', 'hang'],
    ['end', 'cut'],
    ['end', 503],
    ['exit', 'hang'],
  ] as const)('(%s) ends though the receiver answers with "%s", and nothing is lost', async (how, mood) => {
    const receiver = await Receiver.start()
    receiver.mood = mood
    const folder = new AgentFolder()
    const { GOALTRACE_EXIT_LIMIT: _, ...late } = LATE
    // A receiver that hangs does so until the agent is gone.
    const end = await folder.run(receiver.url, [20, how], late)
    expect([end.code, receiver.logs.length]).toEqual([how === 'exit' ? 3 : 0, 0])
    receiver.mood = 'ok'
    await folder.run(receiver.url, [0, 'end'], LATE)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })

  describe.each(['end', 'exit'])('where nothing can be delivered (%s)', (how) => {
    /** Far more than all attempts together take. */
    const PATIENT = { ...LATE, GOALTRACE_EXIT_LIMIT: '600000' }
    const delivered = async (folder: AgentFolder) => {
      const receiver = await Receiver.start()
      await folder.run(receiver.url, [0, 'end'], LATE)
      return new Set(receiver.uids).size
    }

    it.each([503, 429, 'cut'] as const)('ends after one request that is answered "%s"', async (mood) => {
      const receiver = await Receiver.start()
      receiver.mood = mood
      const folder = new AgentFolder()
      await folder.run(receiver.url, [20, how], PATIENT)
      expect([receiver.logRequests, receiver.spanRequests]).toEqual([1, 0])
      expect(await delivered(folder)).toBe(folder.committed())
    })

    it.each([
      ['no receiver listens', 'http://127.0.0.1:1'],
      ['the receiver has no such name', 'http://nowhere.invalid:4318'],
      ['the receiver speaks no TLS', 'https'],
    ])('ends although %s, without another attempt', async (_, url) => {
      const receiver = await Receiver.start()
      const folder = new AgentFolder()
      const endpoint = url === 'https' ? receiver.url.replace('http', url) : url
      const { stderr } = await folder.run(endpoint, [20, how], { ...PATIENT, OTEL_LOG_LEVEL: 'debug' })
      expect(stderr).not.toContain('sent again in')
      expect(await delivered(folder)).toBe(folder.committed())
    })
  })

  it('ends while a request is due again, after one more attempt', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 503
    const folder = new AgentFolder()
    const agent = folder.start(receiver.url, ['pausing'], { GOALTRACE_EXIT_LIMIT: '600000' }, ENDING, true)
    while (receiver.logRequests < 1) await new Promise((resolve) => setTimeout(resolve, 10))
    agent.child.stdin?.end('go')
    await agent.ended
    expect(receiver.logRequests).toBeLessThanOrEqual(3)
  })

  it('with more than there is time for: some are delivered, once each, and the next start sends the others alone', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const few = { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '10' }
    receiver.hangsAfter = 30
    await folder.run(receiver.url, [2000, 'end'], { ...LATE, ...few, GOALTRACE_EXIT_LIMIT: '2000' })
    const before = receiver.uids.length
    receiver.hangsAfter = Number.POSITIVE_INFINITY
    await folder.run(receiver.url, [0, 'end'], LATE)
    expect(before).toBeLessThanOrEqual(30 * 10)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
    // What was on its way when the limit was reached may come again, and no more.
    expect(receiver.uids.length).toBeLessThanOrEqual(folder.committed() + 10)
  })

  it('goes on counting as the same instance of its service', async () => {
    const receiver = await Receiver.start()
    const counts = () => receiver.metrics.filter(({ name }) => name === 'agent_goal.outbox.dead_letters')
    const folder = new AgentFolder()
    const agent = folder.start(receiver.url, [10_000, 'stay', 20], { ...LATE, OTEL_BLRP_SCHEDULE_DELAY: '3000' })
    while (counts().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    // Until something waits again.
    const committed = folder.committed()
    while (folder.committed() === committed) await new Promise((resolve) => setTimeout(resolve, 20))
    agent.child.kill('SIGINT')
    await agent.ended
    const counted = counts()
    const since = counted.map(({ data }) => (data as unknown as Sum).sum.dataPoints[0].startTimeUnixNano)
    // The agent's own thread has counted, and the one at its exit.
    expect(new Set(since).size).toBe(2)
    expect(new Set(counted.map(({ resource }) => resource['service.instance.id'])).size).toBe(1)
  })

  it('reports how many goals there are, and that nothing is pending', async () => {
    const receiver = await Receiver.start()
    await new AgentFolder().run(receiver.url, [20, 'end'], LATE)
    const sums = ['agent_goal.count', 'agent_goal.outbox.waiting'].map((name) =>
      receiver.metrics
        .filter((metric) => metric.name === name)
        .flatMap(pointsOf)
        .reduce((sum, { value }) => sum + value, 0),
    )
    expect(sums).toEqual([1, 0])
  })

  it('ends at once where everything is delivered', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const agent = folder.start(receiver.url, [20, 'stay'])
    await agent.prints('committed')
    while (receiver.logs.length < 21) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 200))
    receiver.mood = 'hang'
    const requests = receiver.logRequests
    agent.child.kill('SIGINT')
    const { code, stdout } = await agent.ended
    expect([code, stdout]).toEqual([7, 'committed 20\ninterrupted\n'])
    expect(receiver.logRequests).toBe(requests)
  })
})

describe('an agent whose clock stands still, as those of tests do,', () => {
  it('ends though its receiver hangs', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 'hang'
    const { code } = await start(receiver, 'standingClock', { ...LATE, GOALTRACE_EXIT_LIMIT: '1000' }).ended
    expect(code).toBe(3)
  })
})

describe("an agent that changes a goal in its own 'exit' handler", () => {
  const PAUSED = ['agent_goal.created', 'agent_goal.status_changed']

  it.each(['handlerBefore', 'handlerAfter', 'handlerOnce', 'handlerPrepended', 'handlerInTransaction'])(
    '%s: that change is delivered at this exit',
    async (way) => {
      const receiver = await Receiver.start()
      const { code } = await start(receiver, way).ended
      expect([code, receiver.logs.map(({ eventName }) => eventName)]).toEqual([0, PAUSED])
    },
  )

  it.each([
    ['handlerThenExit', 'and calls process.exit() at once', 4],
    ['handlerThenThrow', 'and throws at once', 1],
    ['handlerAndOwnEmit', 'and watches all events of the process', 4],
  ])('%s, which it adds %s: that change is delivered at this exit', async (way, _, code) => {
    const receiver = await Receiver.start()
    const end = await start(receiver, way).ended
    const bare = await start(undefined, way).ended
    expect([end.code, end.stdout]).toEqual([bare.code, bare.stdout])
    expect([end.code, receiver.logs.map(({ eventName }) => eventName)]).toEqual([code, PAUSED])
  })

  it('that throws in it: the agent ends as without goaltrace, and nothing is lost', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const end = await folder.start(receiver.url, ['handlerThrows'], LATE, ENDING, true).ended
    const bare = await start(undefined, 'handlerThrows').ended
    // How Node calls several handlers is a frame in the stack.
    const own = ({ stderr }: AgentEnd) => ofAnyRun(stderr).replace(/^.*node:events.*\n/gm, '')
    expect([end.code, own(end)]).toEqual([bare.code, own(bare)])
    await folder.run(receiver.url, [0, 'end'], LATE)
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual([...PAUSED, 'agent_goal.created'])
  })

  it('that has several, added when nothing was pending: their changes are delivered', async () => {
    const receiver = await Receiver.start()
    const env = { ...LATE, OTEL_BLRP_SCHEDULE_DELAY: '20' }
    const agent = start(receiver, 'handlersLate', env)
    while (receiver.logs.length < 1) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 100))
    agent.child.stdin?.end('go')
    await agent.ended
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual([...PAUSED, 'agent_goal.status_changed'])
  })

  it.each(['tenHandlers', 'elevenHandlers'])('%s: Node warns of a leak as without goaltrace', async (way) => {
    const receiver = await Receiver.start()
    const warns = ({ stderr }: { stderr: string }) => /MaxListenersExceededWarning/.test(stderr)
    const observed = await start(receiver, way).ended
    const bare = await start(undefined, way).ended
    expect(warns(observed)).toBe(warns(bare))
  })
})

describe('an agent that ends', () => {
  it.each([
    ['in a transaction', 'inTransaction', 5],
    ['while it walks through rows', 'inIterate', 6],
    ['with goals in memory', 'memory', 0],
    ['with goals in memory, by process.exit()', 'memoryExit', 7],
    ['with goals in memory that it has closed, by an uncaught exception', 'memoryClosed', 1],
  ])('%s: what was committed is delivered, and nothing else', async (_, way, code) => {
    const receiver = await Receiver.start()
    const end = await start(receiver, way).ended
    expect([end.code, receiver.logs.map(({ eventName }) => eventName)]).toEqual([code, ['agent_goal.created']])
  })

  it.each(['fails', 'mute'])(
    'where a thread cannot start (%s): it is not waited for, and nothing is lost',
    async (how) => {
      const receiver = await Receiver.start()
      const folder = new AgentFolder()
      const env = {
        ...THREAD,
        // One that fails at once is not waited for at all: else this would be the end of the test.
        GOALTRACE_EXIT_LIMIT: how === 'fails' ? '600000' : '500',
        NODE_OPTIONS: '--import ./test/agents/no-threads.mjs',
        NO_THREADS: how,
      }
      const end = await folder.run(receiver.url, [3, 'exit'], env)
      expect([end.code, end.stderr, receiver.logs.length]).toEqual([3, '', 0])
      await folder.run(receiver.url, [0, 'end'], LATE)
      expect(new Set(receiver.uids).size).toBe(folder.committed())
    },
  )

  it('where a signal ends it: its events are delivered at the next start', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const receiver = await Receiver.start()
      receiver.mood = 503
      const folder = new AgentFolder()
      const agent = folder.start(receiver.url, [50, 'stay'])
      await agent.prints('committed')
      agent.child.kill(signal)
      expect((await agent.ended).signal).toBe(signal)
      expect(receiver.logs).toHaveLength(0)
      receiver.mood = 'ok'
      await folder.run(receiver.url, [1, 'end'], LATE)
      expect(new Set(receiver.uids).size).toBe(folder.committed())
      expect(folder.committed()).toBe(51 + 2)
    }
  })

  it('when its flush() is over has waited for it, and its event comes once', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const { code, stdout } = await folder.run(receiver.url, [], LATE, 'test/agents/flushing-agent.cjs')
    expect([code, stdout]).toEqual([0, 'delivered\n'])
    expect(receiver.logs).toHaveLength(1)
  })
})
