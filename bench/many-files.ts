import { join } from 'node:path'
import { type Figure, median, tableOf, thousands } from './figures.ts'
import { outputOf, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * What it costs an agent with a database for each session that its changes are delivered, beside the same agent whose changes are
 * captured and stay: node bench/many-files.ts [FILES] [CHANGES_EACH] [ROUNDS].
 */
const [FILES = 1000, CHANGES = 3, ROUNDS = 3] = import.meta.main ? process.argv.slice(2).map(Number) : []

/** Of the processor time without delivery. */
const REACH = 2

interface Run {
  readonly cpuMs: number
  readonly arrivedMs: number
}

export async function manyFilesFigures(files = FILES, changes = CHANGES, rounds = ROUNDS): Promise<Figure[]> {
  const folder = scratchFolder()
  let runs = 0
  const run = async (delivered: boolean): Promise<Run> => {
    const own = join(folder, String(runs++))
    const sink = await startSink()
    const args = [
      'bench/processes/many-files.ts',
      own,
      String(files),
      String(changes),
      ...(delivered ? [sink.url] : []),
    ]
    const output = await outputOf(
      startNode(args, {
        GOALTRACE_STATE_DIR: join(own, 'state'),
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
        ...(!delivered && { OTEL_BLRP_SCHEDULE_DELAY: '600000' }),
      }),
    )
    sink.stop()
    return JSON.parse(output)
  }
  const [kept, delivered]: [Run[], Run[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    kept.push(await run(false))
    delivered.push(await run(true))
  }
  const ratio = median(delivered.map(({ cpuMs }, round) => cpuMs / (kept[round]?.cpuMs ?? Number.NaN)))
  const each = (all: readonly Run[]) => (median(all.map(({ cpuMs }) => cpuMs)) / files).toFixed(2)
  const arrived = median(delivered.map(({ arrivedMs }) => arrivedMs)) / 1000
  return [
    {
      what: `${thousands(files)} databases of ${changes} changes each, delivered / captured alone`,
      measured: `x${ratio.toFixed(2)} (${each(delivered)} ms of ${each(kept)} ms of processor time each; all there after ${arrived.toFixed(1)} s)`,
      reach: `x${REACH}`,
      reached: Number(ratio.toFixed(2)) <= REACH,
    },
  ]
}

if (import.meta.main) console.log(tableOf(await manyFilesFigures()))
