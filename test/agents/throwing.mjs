// An agent in which something that goaltrace calls throws: node throwing.mjs FILE WHAT
import { setTimeout as sleep } from 'node:timers/promises'
import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import Database from 'better-sqlite3'
import { GOALS, take } from './goals.mjs'

const [file, what] = process.argv.slice(2)
const fail = () => {
  throw new Error(`the ${what} throws`)
}
/** Every access throws. */
const failing = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : fail) })

const processor = { onStart: fail, onEnd: fail, shutdown: async () => {}, forceFlush: fail }
const span = { ...api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT), spanContext: fail }
const hooks = {
  // As a V8 termination leaves it that falls into Node's making of it, by the timeout of node:vm.
  'clock of the process': () => Object.defineProperty(globalThis, 'performance', { value: undefined }),
  'log of diagnostics': () =>
    api.diag.setLogger(failing, { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true }),
  'span processor': () => api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] })),
  sampler: () =>
    api.trace.setGlobalTracerProvider(
      new BasicTracerProvider({ sampler: { shouldSample: fail, toString: () => 'failing' } }),
    ),
  'tracer provider': () => api.trace.setGlobalTracerProvider({ getTracer: fail }),
  tracer: () => api.trace.setGlobalTracerProvider({ getTracer: () => failing }),
  'meter provider': () => api.metrics.setGlobalMeterProvider({ getMeter: fail }),
  meter: () => api.metrics.setGlobalMeterProvider({ getMeter: () => failing }),
  span: () => api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
}
hooks[what]?.()

const db = new Database(file)
db.exec(GOALS)
if (process.env.OBSERVED) {
  const { observeGoals } = await import('goaltrace')
  const options = {
    'resolver of threads': { threads: fail },
    exporter: { exporter: { export: fail, forceFlush: fail, shutdown: fail } },
    'exporter that calls back twice': {
      exporter: { export: (_, done) => [1, 0].map((code) => done({ code })), shutdown: fail },
    },
    'exporter that calls back without a result': { exporter: { export: (_, done) => done(), shutdown: fail } },
    'exporter that rejects': { exporter: { export: async () => fail(), shutdown: fail } },
  }[what]
  if (options === undefined) throw new Error(`no hook is called ${what}`)
  observeGoals(db, options)
}
const spend = db.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1')
const turn = async () => {
  console.log(db.prepare(take('thread')).run())
  for (let n = 0; n < 10; n++) {
    console.log(spend.run())
    await sleep(10)
  }
}
await (what === 'span' ? api.context.with(api.trace.setSpan(api.ROOT_CONTEXT, span), turn) : turn())
// A change that goaltrace cannot see and warns about, in the middle of the agent's own call.
console.log(
  db.exec('CREATE TABLE notes (text); DROP TABLE notes; UPDATE thread_goals SET time_used_seconds = 1') === db,
)
console.log(db.prepare('SELECT * FROM thread_goals').all())
await sleep(200)
