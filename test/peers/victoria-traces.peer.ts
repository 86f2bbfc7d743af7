import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'vitest'
import { freePort, until } from '../collector/collector.ts'
import { GoalRun, TWO_TURNS } from './goal-run.ts'
import { expectGoalTrace } from './goal-trace.ts'
import { jaegerSpans, spanOf } from './jaeger.ts'
import { installed, Peer } from './peer.ts'
import { picture } from './picture.ts'

/** From a release of its own: not every Go module proxy has it. */
const program = join(installed, 'victoria-traces')

it.skipIf(!existsSync(program))(
  'VictoriaTraces, which takes spans in protobuf alone, shows a goal as one trace',
  async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const server = (folder: string) => [program, `-storageDataPath=${folder}/data`, `-httpListenAddr=127.0.0.1:${port}`]
    await using _peer = await Peer.start(server, `${url}/health`)
    using run = new GoalRun(TWO_TURNS, { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/insert/opentelemetry` })
    await run.go()
    const found = async () =>
      (await jaegerSpans(`${url}/select/jaeger`, 'peer-agent', { 'agent_goal.id': 'goal-1' })).map(spanOf)
    await until(async () => (await found()).some(({ name }) => name === 'goal'), 30, 'VictoriaTraces has the goal')
    expectGoalTrace(await found(), run)
    await picture(`${url}/select/vmui/`, 'victoria-traces.png', 'goal')
  },
)
