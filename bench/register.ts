import { join } from 'node:path'
import { type Figure, median, milliseconds, tableOf } from './figures.ts'
import { outputOf, REGISTER, scratchFolder, startNode, startSink } from './processes/child.ts'

/** What `--import goaltrace/register` adds to a start, until the agent's last line: node bench/register.ts [ROUNDS]. */
const [ROUNDS = 21] = import.meta.main ? process.argv.slice(2).map(Number) : []

/** Milliseconds, where no goal database is met. */
const REACH_MS = 40

export async function registerFigures(rounds = ROUNDS): Promise<Figure[]> {
  const folder = scratchFolder()
  const sink = await startSink()
  let files = 0
  const start = async (args: readonly string[]) => {
    const output = await outputOf(
      startNode(args, {
        GOALTRACE_STATE_DIR: join(folder, 'state'),
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        OTEL_BLRP_SCHEDULE_DELAY: '600000',
      }),
    )
    return JSON.parse(output) as { ms: number; rss: number }
  }
  const idle = () => ['bench/agents/idle-agent.mjs']
  const withGoal = () => ['bench/agents/ending-agent.mjs', join(folder, `${files++}.sqlite`), '1', '0']
  const ways = [
    { what: 'no goal database', agent: idle, reach: REACH_MS },
    { what: 'a goal created in a database', agent: withGoal, reach: undefined },
  ]
  const added = ways.map(() => ({ ms: [] as number[], rss: [] as number[], bare: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const [index, { agent }] of ways.entries()) {
      const bare = await start(agent())
      const registered = await start([...REGISTER, ...agent()])
      added[index]?.bare.push(bare.ms)
      added[index]?.ms.push(registered.ms - bare.ms)
      added[index]?.rss.push((registered.rss - bare.rss) / 2 ** 20)
    }
  }
  sink.stop()
  return ways.map(({ what, reach }, index) => {
    const { ms = [], rss = [], bare = [] } = added[index] ?? {}
    return {
      what: `start delayed by register, ${what}`,
      measured: `${milliseconds(median(ms))}, ${median(rss).toFixed(0)} MB (of ${milliseconds(median(bare))} without)`,
      ...(reach !== undefined && { reach: `${reach} ms`, reached: median(ms) <= reach }),
    }
  })
}

if (import.meta.main) console.log(tableOf(await registerFigures()))
