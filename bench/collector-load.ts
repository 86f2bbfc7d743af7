import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Collector, textOf } from '../test/collector/collector.ts'
import type { BodyName } from './processes/bodies.ts'
import { outputOf, startNode, startSink } from './processes/child.ts'

const CONNECTIONS = 8
/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: in clock ticks, 100 a second on Linux. */
const TICK_US = 10_000

/** What a Collector did with its load. */
export interface CollectorLoad {
  /** Events a second that it has acknowledged, and that the backend has got. */
  readonly taken: number
  readonly delivered: number
  /** Microseconds of processor time an event. */
  readonly processorUs: number
  /** At most. */
  readonly memoryMb: number
}

/**
 * Sends so many events to a Collector of its own. Sender, Collector and the backend that it delivers to share this machine; its
 * queues are on the disk of the temporary folder.
 * @param program Another Collector than the one that collector/build.sh builds.
 * @throws {Error} where it has refused a request.
 */
export async function loaded(config: string, body: BodyName, events: number, program?: string): Promise<CollectorLoad> {
  const sink = await startSink()
  try {
    await using collector = await Collector.start({ ANALYTICS_URL: sink.url }, textOf(config), program)
    const before = processorUs(collector)
    const startedAt = performance.now()
    const post = startNode(['bench/processes/post.ts', collector.url, body, String(events), String(CONNECTIONS)])
    const takenMs = Number(await outputOf(post))
    if (!(takenMs > 0)) throw new Error(`${config} has not accepted all requests`)
    while ((await sink.received()).logs < events) await sleep(20)
    const ms = performance.now() - startedAt
    return {
      taken: (events / takenMs) * 1000,
      delivered: (events / ms) * 1000,
      processorUs: (processorUs(collector) - before) / events,
      memoryMb: Number(/VmHWM:\s+(\d+)/.exec(of(collector, 'status'))?.[1]) / 1024,
    }
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
