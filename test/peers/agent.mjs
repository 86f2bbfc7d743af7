// An agent with one goal: node agent.mjs FILE CHANGES [--spans], where CHANGES are the goal's, in JSON. It writes down each of them in the
// transaction that makes it, goes on where another process of it was stopped, and has spans of its own where asked.
import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import Database from 'better-sqlite3'
import { withGoalContext } from 'goaltrace'

const [file, changes, spans] = process.argv.slice(2)
if (spans === '--spans') {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  process.once('beforeExit', () => provider.shutdown())
}
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.exec(`CREATE TABLE IF NOT EXISTS thread_goals (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
  status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)`)
db.exec(`CREATE TABLE IF NOT EXISTS made (n INTEGER PRIMARY KEY, turn TEXT NOT NULL, status TEXT NOT NULL, tokens INTEGER NOT NULL,
  from_ms INTEGER NOT NULL, to_ms INTEGER, trace_id TEXT, span_id TEXT)`)

const create = db.prepare(
  "INSERT INTO thread_goals VALUES ('thread-1', 'goal-1', 'Make it green', ?, 10000, 0, 0, ?, ?)",
)
const change = db.prepare(
  'UPDATE thread_goals SET status = ?, tokens_used = tokens_used + ?, time_used_seconds = time_used_seconds + ?, updated_at_ms = ?',
)
const note = db.prepare(`INSERT INTO made SELECT ?, ?, ?, tokens_used, ?, NULL, ?, ? FROM thread_goals`)
const make = db.transaction((n, { turn, status, tokens = 0, seconds = 0 }) => {
  const now = Date.now()
  if (n === 0) create.run(status, now, now)
  else change.run(status, tokens, seconds, now)
  const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {}
  note.run(n, turn, status, now, traceId ?? null, spanId ?? null)
})

const all = JSON.parse(changes)
for (let n = db.prepare('SELECT count(*) FROM made').pluck().get(); n < all.length; n++) {
  const { turn, pause } = all[n]
  await trace.getTracer('agent').startActiveSpan('execute_tool', async (span) => {
    withGoalContext({ turnId: turn }, () => make(n, all[n]))
    db.prepare('UPDATE made SET to_ms = ? WHERE n = ?').run(Date.now(), n)
    await sleep(pause)
    span.end()
  })
}
db.close()
