import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { type Change, GoalRun, TWO_TURNS } from './goal-run.ts'
import { expectGoalTrace, expectLinks } from './goal-trace.ts'
import { jaegerSpans, spanOf } from './jaeger.ts'
import { LateAnswers } from './late-answers.ts'
import { Peer, root } from './peer.ts'

/** Jaeger with the configuration of docker-compose.yml, which also takes log records and metrics, and drops them. */
async function started() {
  const ports = await Promise.all(Array.from({ length: 4 }, freePort))
  const [query, otlp, grpc, health] = ports
  const peer = await Peer.start(
    () => [join(root, '.cache/stack/jaeger'), '--config', join(root, 'collector/jaeger.yaml')],
    `http://127.0.0.1:${health}/status`,
    {
      JAEGER_LISTEN_HOST: '127.0.0.1',
      JAEGER_QUERY_PORT: `${query}`,
      JAEGER_OTLP_PORT: `${otlp}`,
      JAEGER_GRPC_PORT: `${grpc}`,
      JAEGER_HEALTH_PORT: `${health}`,
    },
  )
  return { peer, url: `http://127.0.0.1:${query}`, env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp}` } }
}

/** The spans of all traces in which the goal is, once that is over. */
async function spansOfGoal(url: string) {
  const found = async () => (await jaegerSpans(url, 'peer-agent', { 'agent_goal.id': 'goal-1' })).map(spanOf)
  await until(async () => (await found()).some(({ name }) => name === 'goal'), 30, 'Jaeger has the goal')
  return found()
}

describe('Jaeger', () => {
  it('shows a goal as one trace', async () => {
    const { peer, url, env } = await started()
    await using _peer = peer
    using run = new GoalRun(TWO_TURNS, env)
    await run.go()
    expectGoalTrace(await spansOfGoal(url), run)
  })

  it('shows a goal on which two processes work in turn as one trace, linked to their own spans', async () => {
    const { peer, url, env } = await started()
    await using _peer = peer
    using run = new GoalRun(TWO_TURNS, env)
    await run.go({ spans: true, until: 4 })
    await run.go({ spans: true })
    const spans = await spansOfGoal(url)
    const goal = spans.find(({ name }) => name === 'goal')
    expectGoalTrace(
      spans.filter(({ traceId }) => traceId === goal?.traceId),
      run,
    )
    expectLinks(spans, run)
  })

  it('has no span twice, and none missing, of a goal whose agent is killed while it sends them', async () => {
    const { peer, url, env } = await started()
    await using _peer = peer
    const changes = Array.from({ length: CHANGES }, (_, n) => changeOf(n))
    await using late = await new LateAnswers(env.OTEL_EXPORTER_OTLP_ENDPOINT).up()
    using run = new GoalRun(changes, { OTEL_EXPORTER_OTLP_ENDPOINT: late.url, OTEL_BLRP_SCHEDULE_DELAY: '50' })
    for (let n = 0; n < KILLS; n++) await run.go({ killAt: late.nextSpans() })
    await run.go()
    expect(run.made()).toHaveLength(CHANGES)
    expectGoalTrace(await spansOfGoal(url), run)
    expect(late.spans.length).toBeGreaterThan(new Set(late.spans).size)
  })
})

const CHANGES = 1000
const KILLS = 12
const STATUSES = ['active', 'active', 'active', 'paused', 'active', 'blocked', 'active', 'usage_limited']

function changeOf(n: number): Change {
  const status = n === CHANGES - 1 ? 'complete' : (STATUSES[n % STATUSES.length] as string)
  return { turn: `turn-${Math.floor(n / 10)}`, status, tokens: n === 0 ? 0 : n, pause: 20 }
}
