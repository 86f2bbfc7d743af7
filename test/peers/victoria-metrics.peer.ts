import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { freePort } from '../collector/collector.ts'
import { eventsOf } from './goal-events.ts'
import { GoalRun, TWO_TURNS } from './goal-run.ts'
import { asked, installed, Peer } from './peer.ts'

interface Result {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  }
}

it('VictoriaMetrics, which takes metrics alone, has the figures of a goal', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = (folder: string) => [
    join(installed, 'victoria-metrics'),
    `-storageDataPath=${folder}/data`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]
  await using _peer = await Peer.start(server, `${url}/health`)
  using run = new GoalRun(TWO_TURNS, { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/opentelemetry` })
  await run.go()
  expect(run.output).toMatch(/7 events are not sent, as \S+ takes no log records/)
  /** The last value of each series, by the values of these attributes. */
  const valuesOf = async (metric: string, ...attributes: readonly string[]) => {
    const by = attributes.map((name) => `"agent_goal.${name}"`).join(', ')
    const query = new URLSearchParams({ query: `sum by (${by}) ({__name__="${metric}"})`, latency_offset: '1ms' })
    const { result } = (await asked<Result>(`${url}/api/v1/query?${query}`)).data
    return Object.fromEntries(
      result.map(({ metric: of, value }) => [
        attributes.map((name) => of[`agent_goal.${name}`] ?? '').join(' '),
        Number(value[1]),
      ]),
    )
  }
  const changes = eventsOf(run.made()).filter(({ name }) => name !== 'usage_accounted')
  const transitions: Record<string, number> = {}
  for (const { name, status, previousStatus = '' } of changes) {
    const key = `${name} ${previousStatus} ${status}`
    transitions[key] = (transitions[key] ?? 0) + 1
  }
  // What the goal had used at each of its stops.
  const stops = changes.filter(({ previousStatus }) => previousStatus === 'active')
  const figures = async () => ({
    transitions: await valuesOf('agent_goal.transitions', 'transition', 'previous_status', 'status'),
    stops: await valuesOf('agent_goal.usage.tokens_count', 'status'),
    tokens: await valuesOf('agent_goal.usage.tokens_sum', 'status'),
    seconds: await valuesOf('agent_goal.usage.duration_sum', 'status'),
    goals: await valuesOf('agent_goal.count', 'status'),
  })
  await vi.waitFor(
    async () =>
      expect(await figures()).toEqual({
        transitions,
        stops: Object.fromEntries(stops.map(({ status }) => [status, 1])),
        tokens: Object.fromEntries(stops.map(({ status, tokens }) => [status, tokens])),
        seconds: { paused: 1, complete: run.row().time_used_seconds },
        goals: expect.objectContaining({ [run.row().status]: 1 }),
      }),
    { timeout: 20_000, interval: 500 },
  )
})
