import type { Database, Statement } from 'better-sqlite3'
import type { ReceivedSpan } from './received-records.ts'

/** Spans that are kept: the newest to arrive. */
export const MOST_SPANS = 500_000

/** The table `span`, which never grows beyond MOST_SPANS. */
export class StoredSpans {
  readonly #insert: Statement
  readonly #trim: Statement
  readonly #most: number

  constructor(database: Database, most = MOST_SPANS) {
    this.#most = most
    this.#insert = database.prepare(`
      INSERT INTO span (trace_id, span_id, parent_span_id, name, kind, started_at_ns, duration_ns, status_code,
        status_message, service_name, attributes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id, span_id) DO NOTHING`)
    this.#trim = database.prepare('DELETE FROM span WHERE seq <= ?')
  }

  /** To be called in the transaction of the request that brought them. */
  add(spans: readonly ReceivedSpan[]): void {
    let newest = 0
    for (const span of spans) {
      const { changes, lastInsertRowid } = this.#insert.run(rowOf(span))
      if (changes > 0) newest = Number(lastInsertRowid)
    }
    if (newest > this.#most) this.#trim.run(newest - this.#most)
  }
}

function rowOf(span: ReceivedSpan) {
  return [
    span.traceId,
    span.spanId,
    span.parentSpanId,
    span.name,
    span.kind,
    span.startedAtNs,
    span.durationNs,
    span.statusCode,
    span.statusMessage,
    span.serviceName,
    span.attributes,
  ]
}
