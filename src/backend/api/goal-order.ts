import { HttpError } from '../http/http-error.ts'
import type { Row } from '../store/stored-json.ts'
import { GOAL_STATES, type GoalSort } from './api.ts'
import { costSql } from './costs.ts'
import type { GoalView } from './goal-view.ts'
import { stateSql } from './stale-goals.ts'
import type { Where } from './where.ts'

/** An instant in nanoseconds and how many goals of it were seen, or how many were seen at all. */
const CURSOR = /^-?\d{1,19}(\.\d{1,9})?$/
const LATEST_NS = 2n ** 63n - 1n

/** In which order goals are listed, and where a page of them begins. */
export interface GoalOrder {
  readonly sql: string
  /** Rows that were seen of those that are left after `from`. */
  readonly seen: number
  from(where: Where): Where
  /** The cursor behind these rows. */
  behind(rows: readonly Row[]): string
}

/** What a goal is compared by; null comes last in either direction. */
function compared(sort: GoalSort, { staleness, prices }: GoalView): string {
  switch (sort) {
    case 'changed':
      return 'last_at_ns'
    case 'started':
      return 'first_at_ns'
    case 'state':
      // In the order of the page's filters.
      return `CASE ${stateSql(staleness)} ${GOAL_STATES.map((state, at) => `WHEN '${state}' THEN ${at}`).join(' ')} END`
    case 'goal':
      return 'coalesce(objective, goal_id) COLLATE NOCASE'
    case 'tokens':
      return 'tokens_used'
    case 'budget':
      return 'iif(token_budget > 0, 1.0 * tokens_used / token_budget, NULL)'
    case 'cost':
      return costSql(prices)
    case 'time':
      return 'time_used_seconds'
    case 'agent':
      return 'service_name COLLATE NOCASE'
    case 'thread':
      return 'thread_id'
  }
}

/**
 * @param cursor Of the page before, in the same order.
 * @throws {HttpError} 400 for what is no cursor, 409 for one that a page in another order gave.
 */
export function goalOrder(sort: GoalSort, ascending: boolean, cursor: string | null, view: GoalView): GoalOrder {
  const direction = ascending ? 'ASC' : 'DESC'
  // The key settles the order of equal ones, and stands in the index of the last change behind it.
  const sql = `ORDER BY ${compared(sort, view)} ${direction}${ascending ? ' NULLS LAST' : ''}, thread_id ${direction}, goal_id ${direction}`
  if (cursor !== null && !CURSOR.test(cursor)) throw new HttpError(400, 'cursor is malformed: take it from next.')
  return sort === 'changed' && !ascending ? lastChanged(sql, cursor) : byNumber(sql, cursor)
}

/** From the instant of the last goal that was seen, and how many of that instant were: a goal that changes meanwhile moves none. */
function lastChanged(sql: string, cursor: string | null): GoalOrder {
  const [, lastAtNs, text] = (cursor === null ? undefined : /^(-?\d+)\.(\d+)$/.exec(cursor)) ?? []
  if (cursor !== null && lastAtNs === undefined) throw foreign()
  const seen = Number(text ?? 0)
  return {
    sql,
    seen,
    from: (where) => (lastAtNs === undefined ? where : where.and('last_at_ns <= ?', instantOf(lastAtNs))),
    behind(rows) {
      const last = rows.at(-1)?.last_at_ns
      const ofInstant = rows.filter((row) => row.last_at_ns === last).length
      return `${last}.${ofInstant + (String(last) === lastAtNs ? seen : 0)}`
    },
  }
}

function byNumber(sql: string, cursor: string | null): GoalOrder {
  if (cursor?.includes('.')) throw foreign()
  const seen = Math.min(Math.max(0, Number(cursor ?? 0)), Number.MAX_SAFE_INTEGER)
  return { sql, seen, from: (where) => where, behind: (rows) => String(seen + rows.length) }
}

function foreign(): HttpError {
  return new HttpError(409, 'cursor is of another order of the goals: take it from next of a page in this order.')
}

/** As SQLite can compare it: its integers have 64 bits. */
function instantOf(ns: string): bigint {
  const instant = BigInt(ns)
  if (instant > LATEST_NS) return LATEST_NS
  return instant < -LATEST_NS ? -LATEST_NS : instant
}
