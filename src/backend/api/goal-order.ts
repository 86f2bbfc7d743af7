import { HttpError } from '../http/http-error.ts'
import type { Row } from '../store/stored-json.ts'
import { GOAL_STATES, type GoalSort } from './api.ts'
import { costSql } from './costs.ts'
import type { GoalView } from './goal-view.ts'
import { stateSql } from './stale-goals.ts'
import type { Where } from './where.ts'

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
 * @throws {HttpError} 400 for a cursor that no page in this order gave.
 */
export function goalOrder(sort: GoalSort, ascending: boolean, cursor: string | null, view: GoalView): GoalOrder {
  const direction = ascending ? 'ASC' : 'DESC'
  // The key settles the order of equal ones, and stands in the index of the last change behind it.
  const sql = `ORDER BY ${compared(sort, view)} ${direction}${ascending ? ' NULLS LAST' : ''}, thread_id ${direction}, goal_id ${direction}`
  return sort === 'changed' && !ascending ? lastChanged(sql, cursor) : byNumber(sql, cursor)
}

/** From the instant of the last goal that was seen, and how many of that instant were: a goal that changes meanwhile moves none. */
function lastChanged(sql: string, cursor: string | null): GoalOrder {
  const [, lastAtNs, text] = (cursor === null ? undefined : /^(-?\d{1,19})\.(\d{1,9})$/.exec(cursor)) ?? []
  if (cursor !== null && (lastAtNs === undefined || BigInt(lastAtNs) !== BigInt.asIntN(64, BigInt(lastAtNs)))) {
    throw foreign()
  }
  const seen = Number(text ?? 0)
  return {
    sql,
    seen,
    from: (where) => (lastAtNs === undefined ? where : where.and('last_at_ns <= ?', BigInt(lastAtNs))),
    behind(rows) {
      const last = rows.at(-1)?.last_at_ns
      const ofInstant = rows.filter((row) => row.last_at_ns === last).length
      return `${last}.${ofInstant + (String(last) === lastAtNs ? seen : 0)}`
    },
  }
}

function byNumber(sql: string, cursor: string | null): GoalOrder {
  if (cursor !== null && !/^\d{1,9}$/.test(cursor)) throw foreign()
  const seen = Number(cursor ?? 0)
  return { sql, seen, from: (where) => where, behind: (rows) => String(seen + rows.length) }
}

function foreign(): HttpError {
  return new HttpError(400, 'cursor is none that a page of goals in this order gave: take it from next.')
}
