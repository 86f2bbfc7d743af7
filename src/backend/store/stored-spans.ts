import type { Database, Statement } from 'better-sqlite3'
import type { ReceivedSpan } from './received-records.ts'

/** Spans that are kept. */
export const MOST_SPANS = 500_000

/** Whether a span is about a goal: those say which one, in a turn of which, or both. */
const OF_GOAL = `(instr(attributes, '"agent_goal.') > 0)`

/** By which the oldest of either kind are found. */
export const SPAN_INDEX = `CREATE INDEX IF NOT EXISTS span_of_goal ON span (${OF_GOAL}, seq)`

/**
 * The table `span`, which never grows beyond MOST_SPANS: the newest to arrive stay. Where another program sends all of its own, as
 * Codex does with its `trace_exporter`, its spans take half of the room and no goal's span gives way to them.
 */
export class StoredSpans {
  readonly #insert: Statement
  readonly #count: Statement<[], number>
  readonly #countOthers: Statement<[], number>
  readonly #trim: Statement<[ofGoal: 0 | 1, spans: number]>
  readonly #most: number
  /** At least as many as there are: retention removes some without a word to this object. */
  #rows: number | undefined

  constructor(database: Database, most = MOST_SPANS) {
    this.#most = most
    this.#insert = database.prepare(`
      INSERT INTO span (trace_id, span_id, parent_span_id, name, kind, started_at_ns, duration_ns, status_code,
        status_message, service_name, attributes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id, span_id) DO NOTHING`)
    this.#count = database.prepare<[], number>('SELECT count(*) FROM span').pluck()
    this.#countOthers = database.prepare<[], number>(`SELECT count(*) FROM span WHERE ${OF_GOAL} = 0`).pluck()
    this.#trim = database.prepare(
      `DELETE FROM span WHERE seq IN (SELECT seq FROM span WHERE ${OF_GOAL} = ? ORDER BY seq LIMIT ?)`,
    )
  }

  /** Call it in the transaction of the request that brought them. */
  add(spans: readonly ReceivedSpan[]): void {
    if (spans.length === 0) return
    let rows = this.#rows ?? this.#counted()
    for (const span of spans) rows += this.#insert.run(rowOf(span)).changes
    this.#rows = rows > this.#most ? this.#trimmed() : rows
  }

  #counted(): number {
    return this.#count.get() ?? 0
  }

  /** A fiftieth more than is too many goes at once, because counting takes milliseconds. */
  #trimmed(): number {
    const rows = this.#counted()
    if (rows <= this.#most) return rows
    const gone = rows - this.#most + Math.floor(this.#most / 50)
    const others = this.#countOthers.get() ?? 0
    const ofOthers = Math.min(gone, Math.max(0, others - Math.floor(this.#most / 2)))
    this.#trim.run(0, ofOthers)
    this.#trim.run(1, gone - ofOthers)
    return rows - gone
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
