import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { asked, goalUnder, installed, Peer } from './peer.ts'

interface Result {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  }
}

it('VictoriaMetrics, which takes metrics alone, counts what became of a goal', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = (folder: string) => [
    join(installed, 'victoria-metrics'),
    `-storageDataPath=${folder}/data`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]
  await using _peer = await Peer.start(server, `${url}/health`)
  const run = await goalUnder({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/opentelemetry` })
  expect(run.output).toMatch(/6 events are not sent, as \S+ takes no log records/)
  const query = new URLSearchParams({
    query: 'sum by ("agent_goal.transition") ({__name__="agent_goal.transitions"})',
    latency_offset: '1ms',
  })
  const counts = async () => (await asked<Result>(`${url}/api/v1/query?${query}`)).data.result
  await until(async () => (await counts()).length > 0, 60, 'VictoriaMetrics has the counts')
  expect((await counts()).length).toBeGreaterThan(0)
})
