import { CONFIGS } from '../test/collector/collector.ts'
import { loaded } from './collector-load.ts'
import { putTable, thousands } from './figures.ts'
import type { BodyName } from './processes/bodies.ts'

/** How many goal events per second a Collector accepts, and delivers: node bench/collector.ts [--write]. */

/** How many events are sent in requests of 1, 50 and 512, which is as many as a relay sends at once. */
const EVENTS: readonly (readonly [body: BodyName, size: string, events: number])[] = [
  ['one', '1', 5000],
  ['fifty', '50', 100_000],
  ['batch', '512', 200_000],
]

const rows = [['configuration', 'events a request', 'taken', 'delivered', 'processor time an event', 'memory, at most']]
for (const config of CONFIGS) {
  for (const [body, size, events] of EVENTS) {
    const { taken, delivered, processorUs, memoryMb } = await loaded(config, body, events)
    rows.push([
      config,
      size,
      `${thousands(taken)}/s`,
      `${thousands(delivered)}/s`,
      `${thousands(processorUs)} µs`,
      `${thousands(memoryMb)} MB`,
    ])
  }
}
putTable('collector', rows, process.argv.includes('--write'))
