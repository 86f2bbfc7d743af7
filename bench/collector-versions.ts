import { join } from 'node:path'
import { type CollectorLoad, loaded } from './collector-load.ts'
import { median, putTable, shuffled, thousands } from './figures.ts'
import { ROOT } from './processes/child.ts'

/**
 * What the Collector's version costs: config.yaml in the one that collector/build.sh builds and in the newest, in rounds that take
 * turns: node bench/collector-versions.ts [ROUNDS] [--write]. The figures are medians.
 */
const VERSIONS = { '0.145': '.cache/collector/otelcol', '0.161': '.cache/collector-newest/otelcol' }
const EVENTS = 60_000
const rounds = Number(process.argv[2]) || 5

const loads: Record<string, CollectorLoad[]> = {}
for (let round = 0; round < rounds; round++) {
  for (const [version, program] of shuffled(Object.entries(VERSIONS))) {
    loads[version] ??= []
    loads[version].push(await loaded('config.yaml', 'batch', EVENTS, join(ROOT, program)))
  }
}
const rows = Object.keys(VERSIONS).map((version) => {
  const of = (figure: keyof CollectorLoad) => thousands(median((loads[version] ?? []).map((load) => load[figure])))
  return [version, `${of('taken')}/s`, `${of('delivered')}/s`, `${of('processorUs')} µs`, `${of('memoryMb')} MB`]
})
const head = ['Collector', 'taken', 'delivered', 'processor time an event', 'memory, at most']
putTable('collector versions', [head, ...rows], process.argv.includes('--write'))
