import type { Answer, Visit } from '../http/route.ts'
import { databaseBytes } from './about.ts'
import { goalCounts } from './goal-counts.ts'

/** GET /metrics */
export function metricsText({ store: { database }, metrics, streams }: Visit): Answer {
  const goals = goalCounts(database)
  const body = metrics.text({ goals, databaseBytes: databaseBytes(database), streams: streams.open })
  return { type: 'text/plain; version=0.0.4; charset=utf-8', body }
}
