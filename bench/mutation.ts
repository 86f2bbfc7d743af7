import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { context, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type Database from 'better-sqlite3'
import { observeGoals } from '../src/api/observe-goals.ts'
import { median, shuffled } from './figures.ts'
import { copyOfBetterSqlite3 } from './processes/copy-of-better-sqlite3.ts'

/**
 * What one account-usage mutation costs an agent, bare, observed, and instrumented by hand with OpenTelemetry's SDK. All ways
 * take turns in one process, in another order each round, and are compared within a round, since the speed of a
 * shared machine varies.
 */
const ROUNDS = Number(process.argv[2] ?? 40)
const MUTATIONS = 5000
/** More than the 2048 that a batch processor keeps by default, so that the SDK's way loses nothing. */
const QUEUE = { maxQueueSize: 2 * MUTATIONS }
const THREADS = 50

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'goaltrace-bench-'))
process.env.GOALTRACE_STATE_DIR = join(folder, 'state')

const Observed = createRequire(import.meta.url)('better-sqlite3') as typeof Database
const Bare = copyOfBetterSqlite3(folder)

// The receiver's work is not the sender's cost, so it runs in a separate process.
const sink = spawn(process.execPath, ['-e', sinkSource()], { stdio: ['ignore', 'pipe', 'inherit'] })
const [port] = (await once(sink.stdout, 'data')) as [Buffer]
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${String(port).trim()}`

// A typical agent has a current span: looking it up is part of what is measured.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const caller = trace.setSpanContext(context.active(), {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
})

interface Way {
  readonly name: string
  mutate(index: number): void
  /** Sends what was recorded; its processor time counts, but not its duration. */
  send?(): Promise<void>
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const ways = [bare('bare'), observed(), withSdk(), unobserved()]
const figures = new Map(ways.map(({ name }) => [name, { wallUs: [] as number[], cpuUs: [] as number[] }]))
for (let round = -5; round < ROUNDS; round++) {
  for (const way of shuffled(ways)) {
    // The garbage of one variant must not be collected during another one's time.
    collectGarbage()
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    context.with(caller, () => {
      for (let index = 0; index < MUTATIONS; index++) way.mutate(index)
    })
    const wallUs = ((performance.now() - startedAt) * 1000) / MUTATIONS
    await way.send?.()
    const { user, system } = process.cpuUsage(cpu)
    if (round < 0) continue
    figures.get(way.name)?.wallUs.push(wallUs)
    figures.get(way.name)?.cpuUs.push((user + system) / MUTATIONS)
  }
}
report()
sink.kill()
rmSync(folder, { recursive: true })
process.exit()

function bare(name: string): Way {
  const { account } = openGoals(Bare, name)
  return { name, mutate: account }
}

function observed(): Way {
  const { database, account } = openGoals(Observed, 'observed')
  const observation = observeGoals(database)
  return { name: 'observed', mutate: account, send: () => observation.flush() }
}

/** Of a patched class, but not observed. */
function unobserved(): Way {
  const { account } = openGoals(Observed, 'not observed')
  return { name: 'not observed', mutate: account }
}

/** The way that OpenTelemetry's own documentation shows: emitted at once, sent in batches, lost with the process. */
function withSdk(): Way {
  const { account } = openGoals(Bare, 'sdk')
  const resource = resourceFromAttributes({ 'service.name': 'bench' })
  const tracers = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), QUEUE)],
  })
  const loggers = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ ...QUEUE, exporter: new OTLPLogExporter() })],
  })
  const meters = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
  })
  const tracer = tracers.getTracer('bench')
  const logger = loggers.getLogger('bench')
  const counter = meters.getMeter('bench').createCounter('agent_goal.transitions')
  const histogram = meters.getMeter('bench').createHistogram('agent_goal.usage.tokens')
  return {
    name: 'sdk',
    mutate(index) {
      const threadId = `thread-${index % THREADS}`
      const attributes = {
        'gen_ai.conversation.id': threadId,
        'session.id': threadId,
        'agent_goal.id': `goal-${index % THREADS}`,
        'agent_goal.status': 'active',
        'agent_goal.client.id': 'bench',
        'agent_goal.client.rpc_transport': 'in_process',
        'agent_goal.has_token_budget': true,
        'agent_goal.token_budget': 1_000_000_000,
        'agent_goal.usage.tokens': index,
        'agent_goal.usage.duration': index,
        'agent_goal.objective_length': 20,
      }
      tracer.startActiveSpan('account_goal_usage', { kind: SpanKind.INTERNAL, attributes }, (span) => {
        account(index)
        logger.emit({ eventName: 'agent_goal.usage_accounted', severityNumber: 9, attributes })
        counter.add(1, { 'agent_goal.transition': 'usage_accounted', 'agent_goal.status': 'active' })
        histogram.record(index, { 'agent_goal.status': 'active' })
        span.end()
      })
    },
    send: async () => {
      await Promise.all([tracers.forceFlush(), loggers.forceFlush(), meters.forceFlush()])
    },
  }
}

function openGoals(Class: typeof Database, name: string) {
  const database = new Class(join(folder, `${name}.sqlite`))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database.exec(`CREATE TABLE thread_goals (
    thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL, status TEXT NOT NULL,
    token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
  const insert = database.prepare('INSERT INTO thread_goals VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)')
  for (let n = 0; n < THREADS; n++) {
    insert.run(`thread-${n}`, `goal-${n}`, 'Make the tests green', 'active', 1_000_000_000, Date.now(), Date.now())
  }
  const update = database.prepare(`UPDATE thread_goals SET tokens_used = tokens_used + ?,
    time_used_seconds = time_used_seconds + ?, updated_at_ms = ? WHERE thread_id = ?`)
  return {
    database,
    account(index: number) {
      update.run(7, 1, Date.now(), `thread-${index % THREADS}`)
    },
  }
}

function report(): void {
  const rows = [
    ['captured durably / bare', 'observed', 'bare', 'wallUs', 1.7],
    ['with all of the drain / SDK', 'observed', 'sdk', 'cpuUs', 1.1],
    ['not observed / bare', 'not observed', 'bare', 'wallUs', 1.02],
  ] as const
  console.log(`${ROUNDS} rounds of ${MUTATIONS} account-usage mutations, WAL, synchronous NORMAL, medians`)
  console.log('| | µs | of µs | ratio | reach |\n|---|---|---|---|---|')
  for (const [name, of, to, what, reach] of rows) {
    const [a, b] = [figures.get(of)?.[what] ?? [], figures.get(to)?.[what] ?? []]
    const ratio = median(a.map((us, round) => us / (b[round] ?? Number.NaN)))
    const cells = [name, median(a).toFixed(2), median(b).toFixed(2), `x${ratio.toFixed(2)}`, `x${reach}`]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

function sinkSource(): string {
  return `require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
}
