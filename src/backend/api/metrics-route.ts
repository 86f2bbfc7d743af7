import type { Database } from 'better-sqlite3'
import type { HttpResponse } from '../http/http-response.ts'
import { databaseBytes } from './about.ts'
import type { EventStreams } from './event-streams.ts'
import { goalCounts } from './goal-counts.ts'
import type { Metrics } from './metrics.ts'
import type { Staleness } from './stale-goals.ts'

interface MetricsRequest {
  readonly database: Database
  readonly metrics: Metrics
  readonly streams: EventStreams
  readonly staleness: Staleness
}

/** GET /metrics */
export function metricsText({ database, metrics, streams, staleness }: MetricsRequest): HttpResponse {
  const goals = goalCounts(database, staleness)
  const body = metrics.text({ goals, databaseBytes: databaseBytes(database), streams: streams.open })
  return { type: 'text/plain; version=0.0.4; charset=utf-8', body }
}
