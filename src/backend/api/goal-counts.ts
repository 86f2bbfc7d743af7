import type { Database } from 'better-sqlite3'
import { GOAL_STATES, type GoalState } from './api.ts'
import { STATE } from './goal-summary.ts'
import { Where } from './where.ts'

/** How many goals are in each state now. */
export function goalCounts(database: Database, service: string | null = null): Record<GoalState, number> {
  const { sql, values } = new Where().equal('service_name', service)
  const rows = database.prepare(`SELECT ${STATE}, count(*) FROM goal ${sql} GROUP BY 1`).raw().all(values) as [
    GoalState,
    number,
  ][]
  const counted = new Map(rows)
  return Object.fromEntries(GOAL_STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<GoalState, number>
}
