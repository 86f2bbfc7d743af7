import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { goalUnder, installed, Peer } from './peer.ts'

it('VictoriaLogs, which takes log records in protobuf alone, has each event of a goal once', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = (folder: string) => [
    join(installed, 'victoria-logs'),
    `-storageDataPath=${folder}/data`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]
  await using _peer = await Peer.start(server, `${url}/health`)
  const run = await goalUnder({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/insert/opentelemetry` })
  expect(run.output).toMatch(
    /nothing is pending, all events sent to \S+; \d+ spans and metrics not taken by the receiver/,
  )
  const query = async () => {
    const answer = await fetch(`${url}/select/logsql/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: `agent_goal.id:="${run.goal}"` }),
    })
    return (await answer.text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, string>)
  }
  await until(async () => (await query()).length >= 6, 30, 'VictoriaLogs has the events')
  const events = await query()
  expect(new Set(events.map((event) => event['log.record.uid'])).size).toBe(events.length)
  expect(events.map((event) => event['agent_goal.status']).sort()).toEqual([
    'active',
    'active',
    'active',
    'active',
    'complete',
    'paused',
  ])
  expect(events.every((event) => event['service.name'] === 'peer-agent' && event['session.id'] === run.thread)).toBe(
    true,
  )
})
