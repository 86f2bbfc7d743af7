import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { eventsOf } from './goal-events.ts'
import { GoalRun, TWO_TURNS } from './goal-run.ts'
import { installed, Peer } from './peer.ts'

it('VictoriaLogs, which takes log records in protobuf alone, has each event of a goal once, as the agent made it', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = (folder: string) => [
    join(installed, 'victoria-logs'),
    `-storageDataPath=${folder}/data`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]
  await using _peer = await Peer.start(server, `${url}/health`)
  using run = new GoalRun(TWO_TURNS, { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/insert/opentelemetry` })
  await run.go()
  expect(run.output).toMatch(
    /nothing is pending, all events sent to \S+; \d+ spans and metrics not taken by the receiver/,
  )
  const [expected, { thread_id }] = [eventsOf(run.made()), run.row()]
  const query = async () => {
    const answer = await fetch(`${url}/select/logsql/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: 'agent_goal.id:="goal-1" | sort by (_time, log.record.uid)' }),
    })
    return (await answer.text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, string>)
  }
  await until(async () => (await query()).length >= expected.length, 30, 'VictoriaLogs has the events')
  const events = await query()
  expect(
    events.map((event) => ({
      status: event['agent_goal.status'],
      previousStatus: event['agent_goal.previous_status'],
      turn: event['agent_goal.turn.id'],
      tokens: Number(event['agent_goal.usage.tokens']),
    })),
  ).toEqual(expected.map(({ name, ...rest }) => rest))
  expect(new Set(events.map((event) => event['log.record.uid'])).size).toBe(events.length)
  expect(new Set(events.map((event) => event.trace_id)).size).toBe(1)
  for (const event of events) expect(event).toMatchObject({ 'service.name': 'peer-agent', 'session.id': thread_id })
})
