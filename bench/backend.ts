import { readFileSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { backendCrashFigures, crashBackend } from './backend-crash.ts'
import { type Figure, machine, median, milliseconds, put, tableOf, thousands } from './figures.ts'
import type { BodyName } from './processes/bodies.ts'
import { firstLineOf, outputOf, scratchFolder, startNode } from './processes/child.ts'

/**
 * The embedded backend as `goaltrace backend` starts it, and a sender, each in its own process:
 * node bench/backend.ts [--write] [--rows N]. With --rows it is then filled with N events more, which takes half a minute a
 * million, before it is asked.
 */
interface Load {
  readonly body: BodyName
  readonly what: string
  readonly events: number
  readonly connections: number
  /** Events a second. */
  readonly reach: number
}

const LOADS: readonly Load[] = [
  { body: 'events', what: '{"events"} of 1000', events: 200_000, connections: 4, reach: 60_000 },
  { body: 'json', what: 'OTLP JSON of 1000', events: 100_000, connections: 4, reach: 30_000 },
  { body: 'protobuf', what: 'OTLP protobuf of 1000', events: 100_000, connections: 4, reach: 30_000 },
  { body: 'single', what: 'single events, 64 connections', events: 30_000, connections: 64, reach: 8_000 },
]
const ROUNDS = 3
const KILLS = 100
/** The days over which the events of a table that is filled first are spread. */
const DAYS = 50
const MB = 1024 * 1024
/** Clock ticks a second in /proc, on all Linux that Node runs on. */
const TICKS = 100

const agent = new Agent({ keepAlive: true })
const rowsAt = process.argv.indexOf('--rows')
const rows = rowsAt < 0 ? 0 : Number(process.argv[rowsAt + 1])
const folder = scratchFolder()
const backend = await start(join(folder, 'backend.db'))
/** The first goals of the next sender. */
let group = 0

const figures: Figure[] = []
const [atRest] = backend.memory()
for (const load of LOADS) figures.push(await ingest(load))
if (rows > 0) figures.push(...(await fill(rows)))
figures.push(...(await queries()))
const [, atLoad] = backend.memory()
if (atRest !== undefined && atLoad !== undefined) {
  figures.push(
    { what: 'memory at rest', measured: `${atRest} MB`, reach: '90 MB', reached: atRest < 90 },
    { what: 'memory at most, under all of this', measured: `${atLoad} MB`, reach: '250 MB', reached: atLoad < 250 },
  )
}
agent.destroy()
backend.stop()
const crashed = await crashBackend(KILLS, (line) => process.stderr.write(`\r${line}  `))
figures.push(...backendCrashFigures(KILLS, crashed))
rmSync(folder, { recursive: true, force: true })

const report = `${machine()}\n\n${tableOf(figures)}`
console.log(report)
if (process.argv.includes('--write')) put('backend figures', report)
process.exitCode = figures.some(({ reached }) => reached === false) ? 1 : 0

async function ingest({ body, what, events, connections, reach }: Load): Promise<Figure> {
  // The first requests run code that is not compiled yet.
  await send(body, events / 5, connections)
  const rounds: { rate: number; cpu: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = backend.cpuMs()
    const tookMs = await send(body, events, connections)
    rounds.push({ rate: (1000 * events) / tookMs, cpu: (1000 * (backend.cpuMs() - before)) / events })
  }
  const rate = median(rounds.map(({ rate }) => rate))
  const cpu = median(rounds.map(({ cpu }) => cpu))
  return {
    what: `in, ${what}`,
    measured: `${thousands(rate)} events/s (${cpu.toFixed(1)} µs of its one thread each)`,
    reach: `${thousands(reach)} events/s`,
    reached: rate >= reach,
  }
}

/** With the events of DAYS days. */
async function fill(events: number): Promise<Figure[]> {
  const stepMs = (DAYS * 86_400_000) / (events / 2000)
  const beginMs = Date.now() - DAYS * 86_400_000
  const fifths: { rate: number; cpu: number }[] = []
  for (let fifth = 0; fifth < 5; fifth++) {
    const before = backend.cpuMs()
    const tookMs = await send('json', events / 5, 4, [beginMs + (fifth / 5) * DAYS * 86_400_000, stepMs])
    const rate = (200 * events) / tookMs
    const cpu = (5000 * (backend.cpuMs() - before)) / events
    fifths.push({ rate, cpu })
    process.stderr.write(`${thousands(rate)} events/s (${cpu.toFixed(1)} µs each) in fifth ${fifth + 1}\n`)
  }
  const [first, last] = [fifths[0], fifths[4]] as [(typeof fifths)[number], (typeof fifths)[number]]
  const ratio = last.rate / first.rate
  return [
    {
      what: `in, the last fifth of ${thousands(events)} events`,
      measured: `x${ratio.toFixed(2)} of the first (${last.cpu.toFixed(1)} of ${first.cpu.toFixed(1)} µs of its one thread each)`,
      reach: 'x0.8',
      reached: ratio >= 0.8,
    },
  ]
}

async function queries(): Promise<Figure[]> {
  const { goals, total } = (await ask('/api/goals?limit=1000')) as {
    goals: { thread_id: string; goal_id: string }[]
    total: number
  }
  const details = goals.map((goal) => `/api/goals/${goal.thread_id}/${goal.goal_id}`)
  const { events } = (await ask('/api/about')) as { events: number }
  const detail = await timeOf(details)
  const summary = await timeOf(Array(40).fill('/api/summary'))
  const of = `${thousands(events)} events, ${thousands(total)} goals`
  return [
    { what: `a goal's detail, of ${of}`, measured: milliseconds(detail), reach: '2 ms', reached: detail < 2 },
    {
      what: `the summary of a day, of ${of}`,
      measured: milliseconds(summary),
      reach: '100 ms',
      reached: summary < 100,
    },
  ]
}

async function ask(path: string): Promise<unknown> {
  return JSON.parse(String(await answerTo(path)))
}

/** Without fetch, whose overhead exceeds the time of a short answer. */
function answerTo(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(backend.url + path, { agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
    }).on('error', reject)
  })
}

/**
 * Median milliseconds from request to complete answer, without the first ones, which run code that is not compiled yet.
 */
async function timeOf(paths: readonly string[]): Promise<number> {
  const times: number[] = []
  for (const path of paths) {
    const startedAt = performance.now()
    await answerTo(path)
    times.push(performance.now() - startedAt)
  }
  return median(times.slice(paths.length / 5))
}

/**
 * Milliseconds that it took.
 * @param times When its first goals begin, and how much later the next ones do.
 */
async function send(body: BodyName, events: number, connections: number, times: number[] = []): Promise<number> {
  const args = [backend.url, body, events, connections, group, ...times].map(String)
  group += Math.ceil(events / 1000)
  const output = await outputOf(startNode(['bench/processes/post.ts', ...args]))
  const tookMs = Number(output)
  if (!(tookMs > 0)) throw new Error(`The sender of ${body} has failed`)
  return tookMs
}

async function start(file: string) {
  const child = startNode(['bin/goaltrace.cjs', 'backend', '--port', '0', '--db', file])
  const text = await firstLineOf(child)
  const url = /http:\S+/.exec(text)?.[0] ?? ''
  // Until the garbage of the start is collected.
  await sleep(3000)
  const proc = (path: string) => {
    try {
      return readFileSync(`/proc/${child.pid}/${path}`, 'utf8')
    } catch {
      // Only on Linux.
      return ''
    }
  }
  return {
    url,
    stop: () => void child.kill('SIGKILL'),
    /** Now and at most, in megabytes. */
    memory: () => {
      const status = proc('status')
      return ['VmRSS', 'VmHWM'].map((name) => {
        const [, kilobytes] = new RegExp(`${name}:\\s+(\\d+)`).exec(status) ?? []
        return kilobytes === undefined ? undefined : Math.round((Number(kilobytes) * 1024) / MB)
      })
    },
    /** Of the one thread that does the work; V8's own threads collect garbage beside it. */
    cpuMs: () => {
      const [, user = 0, system = 0] = /\)(?: \S+){11} (\d+) (\d+)/.exec(proc(`task/${child.pid}/stat`)) ?? []
      return ((Number(user) + Number(system)) * 1000) / TICKS
    },
  }
}
