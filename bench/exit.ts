import { once } from 'node:events'
import { join } from 'node:path'
import { type Figure, median, milliseconds, tableOf } from './figures.ts'
import { REGISTER, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * How long goaltrace delays the end of a process, from the agent's last line on, beside the same agent without it:
 * node bench/exit.ts [ROUNDS] [MUTATIONS].
 */
const [ROUNDS = 15, MUTATIONS = 100] = import.meta.main ? process.argv.slice(2).map(Number) : []

/**
 * By this much longer Node takes to shut down a process that has loaded http and the exporters; nothing is awaited in
 * it.
 */
const TEARDOWN_MS = 10

export async function exitFigures(rounds = ROUNDS): Promise<Figure[]> {
  const folder = scratchFolder()
  const [healthy, hanging] = await Promise.all([startSink(), startSink('hangs')])
  let files = 0
  const end = async (endpoint: string | undefined, pending: boolean) => {
    const args = [
      'bench/agents/ending-agent.mjs',
      join(folder, `${files++}.sqlite`),
      String(MUTATIONS),
      pending ? '0' : '300',
    ]
    const child = startNode(endpoint === undefined ? args : [...REGISTER, ...args], {
      GOALTRACE_STATE_DIR: join(folder, 'state'),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint ?? '',
      OTEL_BLRP_SCHEDULE_DELAY: pending ? '600000' : '10',
    })
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    const doneAt = performance.now()
    await once(child, 'exit')
    return performance.now() - doneAt
  }
  const ways = [
    { what: 'with nothing pending', endpoint: healthy.url, pending: false, reach: 0 },
    { what: 'with events pending, an endpoint that answers', endpoint: healthy.url, pending: true, reach: 500 },
    { what: 'with events pending, a refused connection', endpoint: 'http://127.0.0.1:1', pending: true, reach: 500 },
    { what: 'with events pending, an endpoint that hangs', endpoint: hanging.url, pending: true, reach: 500 },
  ]
  const delays = ways.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { endpoint, pending }] of ways.entries()) {
      const bare = await end(undefined, pending)
      delays[index]?.push((await end(endpoint, pending)) - bare)
    }
  }
  healthy.stop()
  hanging.stop()
  return ways.map(({ what, reach }, index) => {
    const delay = median(delays[index] ?? [])
    const worst = Math.max(...(delays[index] ?? []))
    return {
      what: `exit delayed, ${what}`,
      measured: `${milliseconds(delay)} (most ${milliseconds(worst)})`,
      reach: reach === 0 ? '0' : `${reach} ms`,
      reached: delay <= reach + TEARDOWN_MS,
    }
  })
}

if (import.meta.main) console.log(tableOf(await exitFigures()))
