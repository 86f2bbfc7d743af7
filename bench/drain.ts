import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type Figure, median, tableOf, thousands } from './figures.ts'
import { outputOf, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * How fast an outbox is delivered, by OTLP over HTTP to a receiver in another process, in JSON where nothing else is said:
 * node bench/drain.ts [ROWS] [ROUNDS] [MANY_ROWS].
 */
const [ROWS = 300_000, ROUNDS = 5, MANY_ROWS = 1_000_000] = import.meta.main ? process.argv.slice(2).map(Number) : []

const PROTOBUF = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }
/** Without the goals' own traces, in which usage has no span, each change has one. */
const SPAN_EACH = { GOALTRACE_GOAL_TRACES: 'false' }
/** What traces may take, of the processor time of a span for each change. */
const MOST_FOR_TRACES = 1.1
const LOGS_ALONE = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }
/** Megabytes by which the second half may exceed the first: V8 decides when it collects garbage. */
const FLAT_MB = 32

interface Drained {
  readonly tookMs: number
  readonly cpuMs: number
  readonly startMb: number
  readonly halfwayMb: number
  readonly peakMb: number
}

export async function drainFigures(rows = ROWS, rounds = ROUNDS, manyRows = MANY_ROWS): Promise<Figure[]> {
  const folder = scratchFolder()
  const filled = await fill(folder, rows)
  const goalByGoal = await fill(folder, rows, 'turns')
  const goalsAtOnce = await fill(folder, rows, 'turns-at-once')
  const alone: Drained[] = []
  const whole: Drained[] = []
  const protobuf: Drained[] = []
  /** Goals' traces in relation to a span of each change alone, round by round. */
  const traced = [
    { file: filled, of: 'in no turn and no span', ratios: [] as number[] },
    { file: goalByGoal, of: 'in spans, ten to a turn, goal by goal', ratios: [] as number[] },
    { file: goalsAtOnce, of: 'in spans, ten to a turn, 1,000 goals at once', ratios: [] as number[] },
  ]
  for (let round = 0; round < rounds; round++) {
    alone.push((await drain(folder, filled, rows, LOGS_ALONE)).drained)
    whole.push((await drain(folder, filled, rows, {})).drained)
    protobuf.push((await drain(folder, filled, rows, PROTOBUF)).drained)
    for (const { file, ratios } of traced) {
      const untraced = await drain(folder, file, rows, SPAN_EACH)
      const { cpuMs } = (await drain(folder, file, rows, {})).drained
      ratios.push(cpuMs / untraced.drained.cpuMs)
    }
  }
  const { spans } = await drain(folder, filled, rows, SPAN_EACH)
  const { startMb, halfwayMb, peakMb } = (await drain(folder, await fill(folder, manyRows), manyRows, {})).drained
  const cpuOf = (runs: readonly Drained[]) => median(runs.map(({ cpuMs }) => cpuMs))
  const speed = (runs: readonly Drained[]) => rows / (median(runs.map(({ tookMs }) => tookMs)) / 1000)
  const summary = (runs: readonly Drained[]) => {
    const cpuUs = (cpuOf(runs) * 1000) / rows
    const best = rows / (Math.min(...runs.map(({ tookMs }) => tookMs)) / 1000)
    return `${thousands(speed(runs))} events/s (best ${thousands(best)}; ${cpuUs.toFixed(1)} µs of processor time each)`
  }
  return [
    {
      what: 'drain, log records alone',
      measured: summary(alone),
      reach: '60,000 events/s',
      reached: speed(alone) >= 60_000,
    },
    {
      what: 'drain, with spans and metrics',
      measured: summary(whole),
      reach: '40,000 events/s',
      reached: speed(whole) >= 40_000,
    },
    {
      what: 'drain, with spans and metrics, as protobuf',
      measured: `${summary(protobuf)}, of JSON's processor time x${(cpuOf(protobuf) / cpuOf(whole)).toFixed(2)}`,
      reach: 'x1',
      reached: cpuOf(protobuf) <= cpuOf(whole),
    },
    ...traced.map(({ of, ratios }) => ({
      what: `goals' traces / a span for each change; changes ${of}`,
      measured: `x${median(ratios).toFixed(2)}`,
      reach: `x${MOST_FOR_TRACES}`,
      reached: median(ratios) <= MOST_FOR_TRACES,
    })),
    {
      what: 'of the spans, one for each change, delivered',
      measured: `${((100 * spans) / rows).toFixed(1)} %`,
    },
    {
      what: `memory, ${thousands(manyRows)} pending, with spans and metrics`,
      measured: `${[startMb, halfwayMb, peakMb].map(Math.round).join(', ')} MB at the start, in the first half, in all`,
      reach: 'flat',
      reached: peakMb - halfwayMb <= FLAT_MB,
    },
  ]
}

let fills = 0

/** A database with this many pending rows in its outbox, and nothing else left to do. */
async function fill(folder: string, rows: number, how = ''): Promise<string> {
  const file = join(folder, `pending-${fills++}.sqlite`)
  await outputOf(
    startNode(['bench/processes/fill.ts', file, String(rows), how], {
      GOALTRACE_STATE_DIR: join(folder, 'fill'),
      OTEL_SERVICE_NAME: 'bench',
      // Nothing is delivered before it dies.
      OTEL_BLRP_SCHEDULE_DELAY: '600000',
    }),
  )
  const database = new Database(file)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  return file
}

let runs = 0

/** @throws unless each row's event was delivered exactly once. */
async function drain(folder: string, filled: string, rows: number, env: Readonly<Record<string, string>>) {
  const own = join(folder, `drain-${runs++}`)
  mkdirSync(own)
  const file = join(own, 'goals.sqlite')
  copyFileSync(filled, file)
  const sink = await startSink()
  const output = await outputOf(
    startNode(['bench/processes/drain.ts', file], {
      GOALTRACE_STATE_DIR: own,
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      ...env,
    }),
  )
  const { logs, spans } = await sink.received()
  sink.stop()
  if (logs !== rows) throw new Error(`${logs} of ${rows} events were delivered`)
  return { drained: JSON.parse(output) as Drained, spans }
}

if (import.meta.main) console.log(tableOf(await drainFigures()))
