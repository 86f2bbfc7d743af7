import { describe, expect, it } from 'vitest'
import { ofAnyRun } from '../agents/both.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

interface Sum {
  readonly sum: { readonly dataPoints: readonly [{ readonly startTimeUnixNano: string }] }
}

/** The delay is far beyond the agent's life, so that only the exit itself can deliver. */
const LATE = { OTEL_BLRP_SCHEDULE_DELAY: '60000' }

describe('an agent that ends with goals just changed', () => {
  it.each([
    ['by itself', 'end', 0],
    ['by itself, its database closed', 'close', 0],
    ['by process.exit()', 'exit', 3],
    ['by an uncaught exception', 'throw', 1],
  ])('%s: its events have arrived, its output and exit code are its own', async (_, how, code) => {
    const receiver = await Receiver.start()
    const [observed, bare] = [new AgentFolder(), new AgentFolder()]
    const end = await observed.run(receiver.url, [20, how], LATE)
    const without = await bare.run(undefined, [20, how], LATE)
    expect(receiver.logs).toHaveLength(observed.committed())
    expect(end.code).toBe(code)
    expect([end.stdout, ofAnyRun(end.stderr)]).toEqual([without.stdout, ofAnyRun(without.stderr)])
  })

  it.each(['hang', 'cut', 503] as const)(
    'ends in time though the receiver answers with "%s", and nothing is lost',
    async (mood) => {
      const receiver = await Receiver.start()
      receiver.mood = mood
      const folder = new AgentFolder()
      const bare = await new AgentFolder().run(undefined, [20, 'end'])
      const end = await folder.run(receiver.url, [20, 'end'], LATE)
      expect(end.code).toBe(0)
      // 500 ms for the exit, the rest for starting a process on a machine that is busy.
      expect(end.tookMs - bare.tookMs).toBeLessThan(2000)
      receiver.mood = 'ok'
      await folder.run(receiver.url, [0, 'end'], LATE)
      expect(new Set(receiver.uids).size).toBe(folder.committed())
    },
  )

  // Again where a busy machine has no time for an exit's delivery.
  it('goes on counting as the same instance of its service', { retry: 5 }, async () => {
    const receiver = await Receiver.start()
    await new AgentFolder().run(receiver.url, [20, 'end', 50], { OTEL_BLRP_SCHEDULE_DELAY: '300' })
    const counted = receiver.metrics.filter(({ name }) => name === 'agent_goal.outbox.dead_letters')
    const since = counted.map(({ data }) => (data as unknown as Sum).sum.dataPoints[0].startTimeUnixNano)
    // The agent's own thread has counted, and the one at its exit.
    expect(new Set(since).size).toBe(2)
    expect(new Set(counted.map(({ resource }) => resource['service.instance.id'])).size).toBe(1)
  })

  it('ends at once where everything has arrived', async () => {
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

describe('an agent that a signal ends', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('%s: its events arrive at the next start', async (signal) => {
    const receiver = await Receiver.start()
    receiver.mood = 503
    const folder = new AgentFolder()
    const agent = folder.start(receiver.url, [50, 'stay'])
    await agent.prints('committed')
    agent.child.kill(signal)
    expect((await agent.ended).signal).toBe(signal)
    expect(receiver.logs).toHaveLength(0)
    receiver.mood = 'ok'
    await folder.run(receiver.url, [1, 'end'])
    expect(new Set(receiver.uids).size).toBe(folder.committed())
    expect(folder.committed()).toBe(51 + 2)
  })
})

describe('an agent that awaits flush() as its last act', () => {
  it('lives until it has, and its event comes once', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const { code, stdout } = await folder.run(receiver.url, [], LATE, 'test/agents/flushing-agent.cjs')
    expect([code, stdout]).toEqual([0, 'delivered\n'])
    expect(receiver.logs).toHaveLength(1)
  })
})
