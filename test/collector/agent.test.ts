import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Backend, startBackend } from '../../src/backend/server.ts'
import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { CONFIGS, Collector, describeWithCollector, textOf, until } from './collector.ts'
import { type Trouble, TroubledBackend } from './troubled-backend.ts'

const TROUBLES: readonly Trouble[] = ['slow', 429, 503, 'cut']

describeWithCollector.each(CONFIGS)('with %s, an agent that works on', (config) => {
  it('loses no committed change to a failing backend, a Collector killed twice, and one that is down', async () => {
    const folder = new AgentFolder()
    const backend = await startBackend({ port: 0, file: join(folder.path, 'backend.db') })
    await using troubled = await TroubledBackend.start(backend.url)
    await using collector = await Collector.start({ ANALYTICS_URL: troubled.url }, textOf(config))
    try {
      const agent = folder.start(collector.url, [100_000, 'end', 10])
      for (const trouble of TROUBLES) {
        troubled.trouble = trouble
        await until(() => troubled.met(trouble) > 0, 60, `the trouble ${trouble}`)
      }
      await troubled.down()
      await sleep(1000)
      await collector.end('SIGKILL')
      const unreachable = folder.committed()
      await sleep(1500)
      expect(folder.committed()).toBeGreaterThan(unreachable)
      await collector.start()
      troubled.trouble = 'none'
      await troubled.up()
      const stored = backend.counts.stored
      await until(() => backend.counts.stored > stored, 30, 'what waited begins to come')
      await collector.end('SIGKILL')
      await collector.start()
      agent.child.kill('SIGKILL')
      await agent.ended

      // What the agent left pending is delivered by the next one, or a later one where a busy machine has no time for
      // it at
      // an exit.
      let committed: unknown[] = []
      let delivered: unknown[] = []
      const missing = async () => {
        delivered = await changes(backend)
        const stored = new Set(delivered)
        return committed.filter((change) => !stored.has(change)).length
      }
      for (let agents = 0, all = false; agents < 4 && !all; agents++) {
        expect((await folder.run(collector.url, [1, 'end'])).code).toBe(0)
        committed = folder.rows(`SELECT thread_id || ' ' || n AS change FROM committed`).map(({ change }) => change)
        const comes = expect.poll(missing, { timeout: 60_000, interval: 500 }).toBe(0)
        all = await comes.then(
          () => true,
          () => false,
        )
      }
      expect([...new Set(delivered)].sort()).toEqual([...new Set(committed)].sort())
      expect(backend.counts.rejected).toBe(0)
      // One format carries the uid, so each arrives once; with the other a change may repeat, along with its whole
      // request.
      const doubled = delivered.length - committed.length
      console.log(
        `${config}: ${committed.length} committed, ${delivered.length} kept, ${backend.counts.duplicates} refused as kept`,
      )
      if (config === 'config.yaml') expect(doubled).toBe(0)
      else expect(doubled).toBeLessThan(committed.length)
    } finally {
      await backend.close()
    }
  }, 180_000)
})

/** The thread and the count of each change, as the agent counts them: 0 where it creates the goal. */
async function changes(backend: Backend): Promise<string[]> {
  const stored: string[] = []
  for (let after = 0; ; ) {
    const answer = await fetch(`${backend.url}/api/events?limit=1000&after=${after}`)
    const page = (await answer.json()) as { events: { payload: CodexGoalEvent }[]; next: string }
    if (page.events.length === 0) return stored
    for (const { event_params } of page.events.map(({ payload }) => payload)) {
      stored.push(`${event_params.thread_id} ${event_params.cumulative_tokens_accounted ?? 0}`)
    }
    after = Number(page.next)
  }
}
