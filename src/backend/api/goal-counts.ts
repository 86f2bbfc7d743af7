import type { Database } from 'better-sqlite3'
import { inStatus, ORDERS, stateOfRank } from '../store/goal-orders.ts'
import { GOAL_STATES, type GoalState } from './api.ts'
import { type Staleness, staleBefore } from './stale-goals.ts'
import { Where } from './where.ts'

/** How many goals are in each state now. */
export function goalCounts(
  database: Database,
  staleness: Staleness,
  service: string | null = null,
): Record<GoalState, number> {
  const { sql, values } = new Where().equal('service_name', service)
  const counts = Object.fromEntries(GOAL_STATES.map((state) => [state, 0])) as Record<GoalState, number>
  const rows = database
    .prepare(`SELECT ${ORDERS.state} AS state, count(*) FROM goal ${sql} GROUP BY state`)
    .raw()
    .all(values) as [number | null, number][]
  for (const [rank, goals] of rows) {
    const state = stateOfRank(rank)
    if (state !== undefined) counts[state] = goals
  }
  counts.stale = staleCount(database, staleness, service)
  counts.active -= counts.stale
  return counts
}

function staleCount(database: Database, staleness: Staleness, service: string | null): number {
  const { sql, values } = new Where([inStatus('active')])
    .and('last_at_ns < ?', staleBefore(staleness))
    .equal('service_name', service)
  return Number(database.prepare(`SELECT count(*) FROM goal ${sql}`).pluck().get(values))
}
