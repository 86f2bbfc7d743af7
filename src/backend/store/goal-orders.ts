import type { Database } from 'better-sqlite3'
import { GOAL_STATUSES, type GoalStatus } from '../../goal/goal.ts'

/** Ranks behind those of statuses. */
const [REPLACED, CLEARED] = [80, 90]

/**
 * What goals are listed by, each with an index in whose order they are read: sorting a hundred thousand of them takes 15 ms for each page of the list.
 * Tokens, time and the part of a budget grow in small steps, so that an event moves little in their indexes.
 */
export const ORDERS = {
  started: 'first_at_ns',
  state: stateRank(),
  goal: 'substr(coalesce(objective, goal_id), 1, 100) COLLATE NOCASE',
  tokens: 'tokens_used',
  budget: 'iif(token_budget > 0, 1.0 * tokens_used / token_budget, NULL)',
  time: 'time_used_seconds',
  agent: 'service_name COLLATE NOCASE',
} as const

/**
 * Goals in the order of their states; those of one state by their last change, the latest first. Of goals that are active it is not stored which are stale, a matter
 * of the clock: they come behind the others. Its index is also the one of what runs and of what is blocked. It has all that
 * counting these reads: looking each up takes eight times as long.
 */
function stateRank(): string {
  const ranks = GOAL_STATUSES.map((status, at) => `WHEN '${status}' THEN ${at}`).join(' ')
  return `CASE WHEN cleared THEN ${CLEARED} WHEN replaced_by IS NOT NULL AND status <> 'complete' THEN ${REPLACED} ELSE CASE status ${ranks} END END`
}

export function stateOfRank(rank: number | null): GoalStatus | 'replaced' | 'cleared' | undefined {
  if (rank === CLEARED) return 'cleared'
  return rank === REPLACED ? 'replaced' : rank === null ? undefined : GOAL_STATUSES[rank]
}

/** A condition: goals that have this status, and were neither cleared nor replaced. */
export function inStatus(status: GoalStatus): string {
  return `${ORDERS.state} = ${GOAL_STATUSES.indexOf(status)}`
}

/** Since version 8. Version 6 had an index of goals that are not over. */
export const ORDER_INDEXES = `
  DROP INDEX IF EXISTS goal_open;
  CREATE INDEX goal_by_started ON goal (${ORDERS.started});
  CREATE INDEX goal_by_state ON goal (${ORDERS.state}, last_at_ns DESC, service_name, status, cleared, replaced_by);
  CREATE INDEX goal_by_goal ON goal (${ORDERS.goal});
  CREATE INDEX goal_by_tokens ON goal (${ORDERS.tokens});
  CREATE INDEX goal_by_budget ON goal (${ORDERS.budget});
  CREATE INDEX goal_by_time ON goal (${ORDERS.time});
  CREATE INDEX goal_by_agent ON goal (${ORDERS.agent});
`

/**
 * The index of what goals cost, which is a matter of the prices that this backend was started with: made anew where they are others than at its last start.
 * @param cost In SQL; undefined where no prices are known.
 */
export function indexCosts(database: Database, cost: string | undefined): void {
  const made = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'goal_by_cost'").pluck().get()
  const wanted = cost === undefined ? undefined : `CREATE INDEX goal_by_cost ON goal (${cost})`
  if (made === wanted) return
  database.transaction(() => database.exec(`DROP INDEX IF EXISTS goal_by_cost; ${wanted ?? ''}`)).immediate()
}
