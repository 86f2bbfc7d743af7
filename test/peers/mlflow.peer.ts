import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { GoalRun, TWO_TURNS } from './goal-run.ts'
import { expectGoalTrace, type Span } from './goal-trace.ts'
import { asked, installed, Peer } from './peer.ts'
import { picture } from './picture.ts'

interface Traces {
  readonly traces?: readonly { readonly trace_id: string; readonly trace_metadata: Readonly<Record<string, string>> }[]
}

interface Kept {
  readonly spans: readonly {
    readonly trace_id: string
    readonly span_id: string
    readonly parent_span_id: string | null
    readonly name: string
    readonly start_time_unix_nano: number
    readonly end_time_unix_nano: number
    /** Each as JSON. */
    readonly attributes: Readonly<Record<string, string>>
  }[]
}

it('MLflow, which takes spans alone, shows a goal as one trace of its session', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = (folder: string) => {
    const store = `sqlite:///${folder}/mlflow.db`
    return [
      join(installed, 'mlflow/bin/python'),
      '-m',
      'mlflow',
      'server',
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--workers',
      '1',
      '--backend-store-uri',
      store,
    ]
  }
  await using _peer = await Peer.start(server, `${url}/health`, { MLFLOW_DISABLE_TELEMETRY: 'true' })
  const headers = 'x-mlflow-experiment-id=0'
  using run = new GoalRun(TWO_TURNS, { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: headers })
  await run.go()
  expect(run.output).toMatch(/7 events are not sent, as \S+ takes no log records: it answers 404/)
  const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }]
  const search = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ locations }),
  }
  const found = () => asked<Traces>(`${url}/api/3.0/mlflow/traces/search`, search)
  await until(async () => ((await found()).traces?.length ?? 0) > 0, 30, 'MLflow has the trace')
  const { traces = [] } = await found()
  expect(traces.map(({ trace_metadata }) => trace_metadata['mlflow.trace.session'])).toEqual([run.row().thread_id])
  const id = traces[0]?.trace_id ?? ''
  const { spans } = await asked<Kept>(`${url}/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${id}`)
  const each = spans.map(
    (span): Span => ({
      ...{ name: span.name, traceId: span.trace_id, id: span.span_id, parent: span.parent_span_id ?? undefined },
      ...{ start: span.start_time_unix_nano / 1e6, end: span.end_time_unix_nano / 1e6 },
      attributes: Object.fromEntries(
        Object.entries(span.attributes).map(([name, json]): [string, unknown] => [name, JSON.parse(json)]),
      ),
    }),
  )
  expectGoalTrace(each, run)
  await picture(`${url}/#/experiments/0/traces?selectedEvaluationId=${id}`, 'mlflow.png', 'active')
})
