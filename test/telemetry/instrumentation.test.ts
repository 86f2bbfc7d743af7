import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import * as api from '@opentelemetry/api'
import { logs } from '@opentelemetry/api-logs'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { BatchLogRecordProcessor, InMemoryLogRecordExporter, LoggerProvider } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GoalInstrumentation } from '../../src/index.ts'
import { followsEnvironment } from '../../src/telemetry/providers.ts'
import { connect, TABLE, temporaryFile, warnings } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'
delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT

/** A whole SDK of the agent's own, into memory. */
function sdk() {
  const spans = new InMemorySpanExporter()
  const records = new InMemoryLogRecordExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics })
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const loggerProvider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: records })] })
  onTestFinished(async () => {
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown(), loggerProvider.shutdown()])
  })
  return { tracerProvider, meterProvider, loggerProvider, spans, records, metrics, reader }
}

function instrumented(config: ConstructorParameters<typeof GoalInstrumentation>[0] = {}) {
  const instrumentation = new GoalInstrumentation(config)
  onTestFinished(() => instrumentation.disable())
  return instrumentation
}

function goals(file = temporaryFile()) {
  const database = connect(file)
  database.exec(TABLE)
  const create = (thread: string) =>
    database.prepare(`INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')`).run(thread)
  return { database, create }
}

describe('GoalInstrumentation', () => {
  it('given the providers of an SDK: spans, records and metrics go there, and it says that records are not durable', async () => {
    const said = warnings()
    const { spans, records, metrics, reader, ...providers } = sdk()
    registerInstrumentations({ instrumentations: [instrumented()], ...providers })
    const { create } = goals()
    create('t')
    // Made once the record is delivered.
    await expect.poll(() => spans.getFinishedSpans().length, { timeout: 60_000 }).toBe(1)
    const [record] = records.getFinishedLogRecords()
    const [span] = spans.getFinishedSpans()
    expect(record).toMatchObject({ eventName: 'agent_goal.created', attributes: { 'agent_goal.id': 'g' } })
    expect(record?.attributes['log.record.uid']).toMatch(/^[0-9a-f-]{36}$/)
    expect(span?.name).toBe('create_goal')
    expect(record?.spanContext?.spanId).toBe(span?.spanContext().spanId)
    // What is delivered is counted right after.
    const counted = async () => {
      await reader.forceFlush()
      const all = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      return all.map(({ descriptor }) => descriptor.name)
    }
    await expect.poll(counted, { timeout: 60_000 }).toContain('agent_goal.transitions')
    expect(said.filter((one) => one.includes('LoggerProvider'))).toHaveLength(1)
  })

  it('takes a LoggerProvider that is registered once the first goal has changed', async () => {
    const { loggerProvider, records } = sdk()
    registerInstrumentations({ instrumentations: [instrumented()] })
    logs.setGlobalLoggerProvider(loggerProvider)
    onTestFinished(() => logs.disable())
    goals().create('t')
    await expect.poll(() => records.getFinishedLogRecords().length, { timeout: 60_000 }).toBe(1)
  })

  it('loses nothing of a burst to a batch processor', async () => {
    const { records, loggerProvider } = sdk()
    registerInstrumentations({ instrumentations: [instrumented()], loggerProvider })
    const { database, create } = goals()
    database.pragma('synchronous = OFF')
    database.transaction(() => {
      for (let n = 0; n < 5000; n++) create(`t${n}`)
    })()
    await expect.poll(() => records.getFinishedLogRecords().length, { timeout: 60_000 }).toBe(5000)
  })

  it('sends to the receiver that is named, whatever LoggerProvider there is', async () => {
    const receiver = await Receiver.start()
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
    onTestFinished(() => {
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
    })
    const { records, spans, ...providers } = sdk()
    registerInstrumentations({ instrumentations: [instrumented()], ...providers })
    goals().create('t')
    await expect.poll(() => spans.getFinishedSpans().length, { timeout: 60_000 }).toBe(1)
    expect(receiver.logs[0]?.spanId).toBe(spans.getFinishedSpans()[0]?.spanContext().spanId)
    expect(records.getFinishedLogRecords()).toEqual([])
    expect(receiver.spans).toEqual([])
  })

  it('takes nothing for a provider that only stands for one', async () => {
    const instrumentation = instrumented()
    registerInstrumentations({ instrumentations: [instrumentation] })
    const { tracerProvider, spans } = sdk()
    const receiver = await Receiver.start()
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
    api.trace.setGlobalTracerProvider(tracerProvider)
    onTestFinished(() => {
      api.trace.disable()
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
    })
    goals().create('t')
    await expect.poll(() => spans.getFinishedSpans().length, { timeout: 60_000 }).toBe(1)
    expect(receiver.logs).toHaveLength(1)
  })

  it('has its own thread send at an exit only what the environment says where to send', () => {
    const { loggerProvider } = sdk()
    const portable = (options: object) => followsEnvironment({ defaultToLocalhost: true, ...options })
    const exporter = { export() {} }
    expect([portable({}), portable({ given: { logs: loggerProvider } }), portable({ exporter })]).toEqual([
      true,
      false,
      false,
    ])
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:9'
    onTestFinished(() => {
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
    })
    expect([portable({}), portable({ given: { logs: loggerProvider } }), portable({ exporter })]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('observes a connection that it is given', async () => {
    const { spans, records, ...providers } = sdk()
    const instrumentation = instrumented({ enabled: false })
    instrumentation.setTracerProvider(providers.tracerProvider)
    instrumentation.setLoggerProvider(providers.loggerProvider)
    const { database, create } = goals()
    const observation = instrumentation.observe(database)
    create('t')
    await observation.flush()
    expect([records.getFinishedLogRecords().length, spans.getFinishedSpans().length]).toEqual([1, 1])
    observation.close()
    create('u')
    await observation.flush()
    expect(records.getFinishedLogRecords()).toHaveLength(1)
    expect(() => instrumentation.observe({} as never)).toThrow('GoalInstrumentation.observe: expected a database')
  })
})

describe('GoalInstrumentation that comes after better-sqlite3', () => {
  it('observes what is opened then, and before, and says once what it cannot', async () => {
    const receiver = await Receiver.start()
    const file = temporaryFile()
    const code = `import Database from 'better-sqlite3'
      import { diag, DiagLogLevel } from '@opentelemetry/api'
      import { registerInstrumentations } from '@opentelemetry/instrumentation'
      import { GoalInstrumentation } from 'goaltrace'
      const open = (file) => {
        const db = new Database(file)
        db.exec(${JSON.stringify(TABLE)})
        return (thread) => db.prepare("INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')").run(thread)
      }
      const early = open(${JSON.stringify(file)})
      const said = { error() {}, warn: console.error, info() {}, debug() {}, verbose() {} }
      diag.setLogger(said, DiagLogLevel.WARN)
      registerInstrumentations({ instrumentations: [new GoalInstrumentation()] })
      early('early')
      open(${JSON.stringify(`${file}.late`)})('late')
      await new Promise((resolve) => setTimeout(resolve, 300))`
    const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'agent' }
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const { stderr, status } = await run(['--input-type=module', '--eval', code], { cwd: root, env })
    expect(status).toBe(0)
    await expect.poll(() => receiver.logs.length, { timeout: 5000 }).toBe(2)
    const threads = receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])
    expect(threads.sort()).toEqual(['early', 'late'])
    expect(stderr.match(/was loaded before goaltrace.*node --import goaltrace\/register/g)).toHaveLength(1)
  })
})

function run(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'inherit', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return once(child, 'close').then(([status]) => ({ status, stderr }))
}

describe('a SELECT of an agent under register', () => {
  it('runs the methods of its class, at their speed; what writes is seen all the same', async () => {
    const receiver = await Receiver.start()
    const agent = `
      import Database from 'better-sqlite3'
      const database = new Database(process.argv[1])
      database.exec(${JSON.stringify(TABLE)})
      const methods = Object.getPrototypeOf(database.prepare('SELECT 1'))
      const write = database.prepare("INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g') RETURNING goal_id")
      console.log([
        methods.get.toString().includes('[native code]'),
        Object.getPrototypeOf(database.prepare('SELECT * FROM thread_goals')) === methods,
        write instanceof methods.constructor, write.constructor === methods.constructor,
        JSON.stringify(write.all()),
      ].join())`
    const register = new URL('../../dist/register.mjs', import.meta.url).href
    const child = spawn(process.execPath, ['--import', register, '--input-type=module', '-e', agent, temporaryFile()], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [[out]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')])
    expect(String(out).trim()).toBe('true,true,true,true,[{"goal_id":"g"}]')
    await expect.poll(() => receiver.logs.length, { timeout: 60_000 }).toBe(1)
  })
})
