import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONFIGS, Collector, textOf } from '../test/collector/collector.ts'
import { putTable, thousands } from './figures.ts'
import type { BodyName } from './processes/bodies.ts'
import { outputOf, startNode, startSink } from './processes/child.ts'

/**
 * How many goal events per second a Collector accepts, and delivers: node bench/collector.ts [--write]. Sender, Collector and
 * the backend that it delivers to share this machine; its queues are on the disk of the temporary folder.
 */
const CONNECTIONS = 8
/** How many events are sent in requests of 1, 50 and 512, which is as many as a relay sends at once. */
const EVENTS: Readonly<Partial<Record<BodyName, number>>> = { one: 5000, fifty: 100_000, batch: 200_000 }
/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: in clock ticks, 100 a second on Linux. */
const TICK_US = 10_000

const rows = [['configuration', 'events a request', 'taken', 'delivered', 'processor time an event', 'memory, at most']]
for (const config of CONFIGS) {
  for (const [body, events] of Object.entries(EVENTS)) rows.push(await measured(config, body, events))
}
putTable('collector', rows, process.argv.includes('--write'))

async function measured(config: string, body: string, events: number): Promise<string[]> {
  const sink = await startSink()
  try {
    await using collector = await Collector.start({ ANALYTICS_URL: sink.url }, textOf(config))
    const before = processorUs(collector)
    const startedAt = performance.now()
    const post = startNode(['bench/processes/post.ts', collector.url, body, String(events), String(CONNECTIONS)])
    const takenMs = Number(await outputOf(post))
    if (!(takenMs > 0)) throw new Error(`${config} has not accepted all requests`)
    while ((await sink.received()).logs < events) await sleep(20)
    const ms = performance.now() - startedAt
    return [
      config,
      { one: '1', fifty: '50' }[body] ?? '512',
      `${thousands((events / takenMs) * 1000)}/s`,
      `${thousands((events / ms) * 1000)}/s`,
      `${thousands((processorUs(collector) - before) / events)} µs`,
      `${thousands(Number(/VmHWM:\s+(\d+)/.exec(of(collector, 'status'))?.[1]) / 1024)} MB`,
    ]
  } finally {
    sink.stop()
  }
}

function processorUs(collector: Collector): number {
  // After the name, which may hold spaces, in brackets: utime and stime are the 14th and the 15th of all fields.
  const [, fields = ''] = of(collector, 'stat').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) * TICK_US
}

function of({ pid }: Collector, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
}
