import type { StoredCounts } from '../store/received-records.ts'

/** Upper bounds of the histogram's buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What is read for each answer. */
export interface Gauges {
  readonly goals: Readonly<Record<string, number>>
  readonly databaseBytes: number
  readonly streams: number
}

/**
 * What a backend has done since it started, in Prometheus's text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Labels are routes, methods, statuses and states,
 * of which a sender cannot create more.
 */
export class Metrics {
  readonly counts: StoredCounts = { stored: 0, duplicates: 0, rejected: 0 }
  #receivedBytes = 0
  #spans = 0
  #points = 0
  readonly #requests = new Map<string, number>()
  readonly #durations = new Map<string, { readonly buckets: number[]; sum: number; count: number }>()

  recordsStored({ stored, duplicates, rejected }: StoredCounts): void {
    const counts = this.counts as { -readonly [K in keyof StoredCounts]: number }
    counts.stored += stored
    counts.duplicates += duplicates
    counts.rejected += rejected
  }

  /** @param bytes Of a body, as it came over the wire. */
  received(bytes: number): void {
    this.#receivedBytes += bytes
  }

  spansStored(count: number): void {
    this.#spans += count
  }

  /** Data points of metrics, which are not kept. */
  pointsReceived(count: number): void {
    this.#points += count
  }

  /** @param route A pattern, not an address. */
  answered(route: string, method: string, status: number, seconds: number): void {
    const key = labels({ route, method, status: String(status) })
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    const known = this.#durations.get(route) ?? { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 }
    this.#durations.set(route, known)
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) known.buckets[bucket] = (known.buckets[bucket] ?? 0) + 1
    known.sum += seconds
    known.count++
  }

  text({ goals, databaseBytes, streams }: Gauges): string {
    const { stored, duplicates, rejected } = this.counts
    const states = Object.entries(goals).map(([state, count]) => [labels({ state }), count] as const)
    return [
      family('events_stored_total', 'counter', 'Goal events stored.', [['', stored]]),
      family('events_duplicate_total', 'counter', 'Goal events that were there before.', [['', duplicates]]),
      family('records_rejected_total', 'counter', 'Goal records kept aside.', [['', rejected]]),
      family('spans_total', 'counter', 'Spans taken.', [['', this.#spans]]),
      family('metric_points_total', 'counter', 'Data points of metrics taken, which are not kept.', [
        ['', this.#points],
      ]),
      family('received_bytes_total', 'counter', 'Bytes of bodies taken, as sent.', [['', this.#receivedBytes]]),
      family('requests_total', 'counter', 'Requests answered.', [...this.#requests]),
      family('request_duration_seconds', 'histogram', 'Time to answer a request.', this.#histogram()),
      family('goals', 'gauge', 'Goals by the state they are in.', states),
      family('database_bytes', 'gauge', 'Size of the database file.', [['', databaseBytes]]),
      family('streams', 'gauge', 'Readers that follow the events.', [['', streams]]),
    ].join('')
  }

  #histogram(): (readonly [string, number])[] {
    return [...this.#durations].flatMap(([route, { buckets, sum, count }]) => {
      let below = 0
      const lines = BOUNDS.map((bound, at) => {
        below += buckets[at] ?? 0
        return [`_bucket${labels({ route, le: String(bound) })}`, below] as const
      })
      const whole = labels({ route })
      return [
        ...lines,
        [`_bucket${labels({ route, le: '+Inf' })}`, count],
        [`_sum${whole}`, sum],
        [`_count${whole}`, count],
      ]
    })
  }
}

function family(name: string, type: string, help: string, samples: readonly (readonly [string, number])[]): string {
  const full = `goaltrace_backend_${name}`
  const lines = samples.map(([suffix, value]) => `${full}${suffix} ${value}\n`).join('')
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines}`
}

function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${value}"`)
  return `{${pairs.join(',')}}`
}
