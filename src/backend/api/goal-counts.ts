import type { Database } from 'better-sqlite3'
import { OPEN } from '../store/schema.ts'
import { GOAL_STATES, type GoalState } from './api.ts'
import { type Staleness, staleBefore } from './stale-goals.ts'
import { Where } from './where.ts'

/** Counts that an index alone can answer; how many active goals are stale is a query of its own. */
const STORED_STATE = `CASE WHEN cleared THEN 'cleared' WHEN replaced_by IS NOT NULL AND status <> 'complete' THEN 'replaced'
  ELSE status END`

/** How many goals are in each state now. */
export function goalCounts(
  database: Database,
  staleness: Staleness,
  service: string | null = null,
): Record<GoalState, number> {
  const { sql, values } = new Where().equal('service_name', service)
  const rows = database.prepare(`SELECT ${STORED_STATE}, count(*) FROM goal ${sql} GROUP BY 1`).raw().all(values) as [
    GoalState,
    number,
  ][]
  const counted = new Map(rows)
  const stale = staleCount(database, staleness, service)
  counted.set('active', (counted.get('active') ?? 0) - stale).set('stale', stale)
  return Object.fromEntries(GOAL_STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<GoalState, number>
}

function staleCount(database: Database, staleness: Staleness, service: string | null): number {
  const { sql, values } = new Where([OPEN])
    .and("status = 'active' AND last_at_ns < ?", staleBefore(staleness))
    .equal('service_name', service)
  return Number(database.prepare(`SELECT count(*) FROM goal ${sql}`).pluck().get(values))
}
