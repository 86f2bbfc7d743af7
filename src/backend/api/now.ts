import type { Database } from 'better-sqlite3'
import type { GoalStatus } from '../../goal/goal.ts'
import { type HttpResponse, json } from '../http/http-response.ts'
import { Parameters } from '../http/parameters.ts'
import { inStatus } from '../store/goal-orders.ts'
import { jsonList, jsonObject, type Row } from '../store/stored-json.ts'
import type { Now } from './api.ts'
import type { ApiRequest } from './api-request.ts'
import { goalCounts } from './goal-counts.ts'
import { GOAL_COLUMNS, goalSummary } from './goal-summary.ts'
import { type Staleness, staleBefore } from './stale-goals.ts'
import { Where } from './where.ts'

/** Goals of a kind unless something else is asked for. */
const FEW = 5
/** Active goals among which those near the end of their budget are looked for: the ones that changed last. */
const LOOKED_AT = 200
/** Part of its budget from which on a goal is warned of. */
const NEAR = 0.8

/** GET /api/now */
export function now({ database, query, ...view }: ApiRequest): HttpResponse {
  const { staleness } = view
  const asked = new Parameters(query, ['service', 'limit'])
  const service = asked.text('service')
  const limit = asked.whole('limit', 1, 100) ?? FEW
  const list = (rows: readonly Row[]) => jsonList(rows.map((row) => goalSummary(row, view)))
  return json(
    jsonObject<Now>({
      counts: JSON.stringify(goalCounts(database, staleness, service)),
      stale_after_seconds: staleness.afterMs / 1000,
      blocked: list(blocked(database, service, limit)),
      running: list(running(database, service, limit, staleness)),
    }),
  )
}

/** The last blocked first. */
function blocked(database: Database, service: string | null, limit: number): Row[] {
  return open(database, 'blocked', service, `ORDER BY last_at_ns DESC LIMIT ${limit}`)
}

/** Those first whose budget is nearly used, then the others, at last what is stale; of each the last changed first. */
function running(database: Database, service: string | null, limit: number, staleness: Staleness): Row[] {
  const before = staleBefore(staleness)
  const near = ({ tokens_used: used, token_budget: budget }: Row) =>
    budget !== null && Number(used ?? 0) >= NEAR * Number(budget)
  const rows = open(database, 'active', service, `ORDER BY last_at_ns DESC LIMIT ${LOOKED_AT}`)
  const rank = (row: Row) => ((row.last_at_ns as bigint) < before ? 2 : near(row) ? 0 : 1)
  return rows.sort((a, b) => rank(a) - rank(b)).slice(0, limit)
}

function open(database: Database, status: GoalStatus, service: string | null, order: string): Row[] {
  const { sql, values } = new Where([inStatus(status)]).equal('service_name', service)
  return database.prepare(`SELECT ${GOAL_COLUMNS} FROM goal ${sql} ${order}`).safeIntegers().all(values) as Row[]
}
