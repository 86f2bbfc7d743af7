import { readFileSync } from 'node:fs'
import { crash, crashFigures, onTerminal } from './crash.ts'
import { drainFigures } from './drain.ts'
import { exitFigures } from './exit.ts'
import { type Figure, machine, put, tableOf } from './figures.ts'
import { manyFilesFigures } from './many-files.ts'
import { outputOf, startNode } from './processes/child.ts'
import { registerFigures } from './register.ts'
import { untouchedFigures } from './untouched.ts'

/**
 * All benchmarks, one after the other, since each needs the machine to itself: node bench/run.ts [--write]. With fewer rounds than
 * each has alone, in which the medians are the same to a few per cent, so that all of it takes about five minutes.
 */
const ROUNDS = { mutation: 60, untouched: 20, drain: 3, exit: 9, register: 11 }
const ROWS = 150_000
const MANY_ROWS = 500_000
const KILLS = 100

const benchmarks: Readonly<Record<string, () => Promise<Figure[]>>> = {
  mutation: mutationFigures,
  untouched: () => untouchedFigures(ROUNDS.untouched),
  drain: () => drainFigures(ROWS, ROUNDS.drain, MANY_ROWS),
  'many files': () => manyFilesFigures(),
  exit: () => exitFigures(ROUNDS.exit),
  register: () => registerFigures(ROUNDS.register),
  crash: async () => crashFigures(KILLS, await crash(KILLS, undefined, (line) => onTerminal(`crash: ${line}`))),
}

const figures: Figure[] = []
for (const [name, measure] of Object.entries(benchmarks)) {
  onTerminal(`${name} …`)
  const startedAt = performance.now()
  figures.push(...(await measure()))
  onTerminal('')
  console.error(`${name}: done in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}
const report = `${conditions()}\n\n${tableOf(figures)}`
console.log(report)
if (process.argv.includes('--write')) put('figures', report)
process.exitCode = figures.some(({ reached }) => reached === false) ? 1 : 0

/** Figures of bench/mutation.ts, which prints its own table. */
async function mutationFigures(): Promise<Figure[]> {
  const output = await outputOf(startNode(['bench/mutation.ts', String(ROUNDS.mutation)]))
  const rows = output.matchAll(/^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| x([\d.]+) \| x([\d.]+) \|$/gm)
  return [...rows].map(([, what = '', us, ofUs, ratio, reach]) => ({
    what: `account-usage mutation, ${what}`,
    measured: `x${ratio} (${us} µs of ${ofUs} µs)`,
    reach: `x${reach}`,
    reached: Number(ratio) <= Number(reach),
  }))
}

function conditions(): string {
  const version = (name: string) =>
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
  return [
    machine(),
    `better-sqlite3 ${version('better-sqlite3')}`,
    `OpenTelemetry SDK ${version('@opentelemetry/sdk-trace-base')}, OTLP exporters ${version('@opentelemetry/exporter-logs-otlp-http')}`,
  ].join(', ')
}
