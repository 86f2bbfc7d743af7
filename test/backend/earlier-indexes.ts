import { ORDERS } from '../../src/backend/store/goal-orders.ts'
import type { connectionTo } from './running-backend.ts'

/** Leaves a file the indexes that it had before version 8. */
export function asBeforeVersion8(database: ReturnType<typeof connectionTo>): void {
  for (const order of Object.keys(ORDERS)) database.exec(`DROP INDEX goal_by_${order}`)
  database.exec(`CREATE INDEX goal_open ON goal (status, last_at_ns, service_name, cleared, replaced_by)
    WHERE cleared = 0 AND replaced_by IS NULL AND status <> 'complete'`)
}
