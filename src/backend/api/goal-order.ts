import { HttpError } from '../http/http-error.ts'
import { ORDERS } from '../store/goal-orders.ts'
import type { Row } from '../store/stored-json.ts'
import type { GoalSort } from './api.ts'
import { costSql } from './costs.ts'
import type { GoalView } from './goal-view.ts'
import type { Where } from './where.ts'

/** An instant in nanoseconds and how many goals of it were seen, or how many were seen at all. */
const CURSOR = /^-?\d{1,19}(\.\d{1,9})?$/
const LATEST_NS = 2n ** 63n - 1n

/** In which order goals are listed, and where a page of them begins. */
export interface GoalOrder {
  /** ORDER BY and the index by which SQLite reads goals in this order. */
  readonly inOrder: { readonly index: string; readonly sql: string }
  /** ORDER BY that leaves SQLite another index to find goals with, before it sorts them. */
  readonly sorted: string
  /** Rows that were seen of those that are left after `from`. */
  readonly seen: number
  from(where: Where): Where
  /** The cursor behind these rows. */
  behind(rows: readonly Row[]): string
}

/**
 * Goals that have nothing to be sorted by come last, in either direction. The key settles the order of equal ones, and stands at the end of every index.
 * @param cursor Of the page before, in the same order.
 * @throws {HttpError} 400 for what is no cursor, 409 for one that a page in another order gave.
 */
export function goalOrder(sort: GoalSort, ascending: boolean, cursor: string | null, { prices }: GoalView): GoalOrder {
  if (cursor !== null && !CURSOR.test(cursor)) throw new HttpError(400, 'cursor is malformed: take it from next.')
  const [to, back] = ascending ? ['ASC', 'DESC'] : ['DESC', 'ASC']
  const key = `thread_id ${to}, goal_id ${to}`
  if (sort === 'changed') {
    const sql = `ORDER BY last_at_ns ${to}, ${key}`
    const order = { inOrder: { index: 'INDEXED BY goal_by_last', sql }, sorted: sql }
    return ascending ? byNumber(order, cursor) : lastChanged(order, cursor)
  }
  const compared = sort === 'thread' ? undefined : sort === 'cost' ? costSql(prices) : ORDERS[sort]
  const nulls = ascending ? ' NULLS LAST' : ''
  const further = sort === 'state' ? `, last_at_ns ${back}` : ''
  const first = compared === undefined ? '' : `${compared} ${to}${nulls}${further}, `
  // Without an index of its own SQLite reads the table, which is in the order of its key.
  const index = compared === undefined ? 'NOT INDEXED' : `INDEXED BY goal_by_${sort}`
  // By what has a plus before it SQLite uses no index.
  return byNumber({ inOrder: { index, sql: `ORDER BY ${first}${key}` }, sorted: `ORDER BY +${first}${key}` }, cursor)
}

type InOrder = Pick<GoalOrder, 'inOrder' | 'sorted'>

/** From the instant of the last goal that was seen, and how many of that instant were: a goal that changes meanwhile moves none. */
function lastChanged(order: InOrder, cursor: string | null): GoalOrder {
  const [, lastAtNs, text] = (cursor === null ? undefined : /^(-?\d+)\.(\d+)$/.exec(cursor)) ?? []
  if (cursor !== null && lastAtNs === undefined) throw foreign()
  const seen = Number(text ?? 0)
  return {
    ...order,
    seen,
    from: (where) => (lastAtNs === undefined ? where : where.and('last_at_ns <= ?', instantOf(lastAtNs))),
    behind(rows) {
      const last = rows.at(-1)?.last_at_ns
      const ofInstant = rows.filter((row) => row.last_at_ns === last).length
      return `${last}.${ofInstant + (String(last) === lastAtNs ? seen : 0)}`
    },
  }
}

function byNumber(order: InOrder, cursor: string | null): GoalOrder {
  if (cursor?.includes('.')) throw foreign()
  const seen = Math.min(Math.max(0, Number(cursor ?? 0)), Number.MAX_SAFE_INTEGER)
  return { ...order, seen, from: (where) => where, behind: (rows) => String(seen + rows.length) }
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
