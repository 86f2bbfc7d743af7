import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { GoalRun, TWO_TURNS } from './goal-run.ts'
import { expectGoalTrace, type Span } from './goal-trace.ts'
import { asked, installed, Peer } from './peer.ts'
import { picture } from './picture.ts'

interface Spans {
  readonly data: readonly {
    readonly name: string
    readonly context: { readonly trace_id: string; readonly span_id: string }
    readonly parent_id: string | null
    readonly span_kind: string
    readonly start_time: string
    readonly end_time: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
}

it('Phoenix, which takes spans in protobuf alone, shows a goal as one trace, with nothing set but its address', async () => {
  const [port, grpc] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  await using _peer = await Peer.start(
    () => [join(installed, 'phoenix/bin/python'), '-m', 'phoenix.server.main', 'serve'],
    `${url}/healthz`,
    {
      PHOENIX_PORT: `${port}`,
      PHOENIX_GRPC_PORT: `${grpc}`,
      PHOENIX_HOST: '127.0.0.1',
      PHOENIX_WORKING_DIR: '.',
      PHOENIX_TELEMETRY_ENABLED: 'false',
    },
  )
  using run = new GoalRun(TWO_TURNS, { OTEL_EXPORTER_OTLP_ENDPOINT: url })
  await run.go()
  expect(run.output).toMatch(
    /7 events are not sent, as \S+ takes no log records: it answers 405.*; metrics not taken by the receiver: it answers 405/,
  )
  const kept = () => asked<Spans>(`${url}/v1/projects/default/spans?limit=100`)
  await until(async () => (await kept().catch(() => ({ data: [] }))).data.length >= 6, 30, 'Phoenix has the spans')
  const { data } = await kept()
  const spans = data.map(
    ({ name, context, parent_id, start_time, end_time, attributes }): Span => ({
      ...{ name, traceId: context.trace_id, id: context.span_id, parent: parent_id ?? undefined },
      ...{ start: Date.parse(start_time), end: Date.parse(end_time) },
      attributes,
    }),
  )
  expectGoalTrace(spans, run)
  const goal = data.find(({ parent_id }) => parent_id === null)
  expect([goal?.span_kind, goal?.attributes['session.id']]).toEqual(['AGENT', run.row().thread_id])
  await picture(`${url}/projects/UHJvamVjdDox/traces/${goal?.context.trace_id}`, 'phoenix.png', run.row().thread_id)
})
