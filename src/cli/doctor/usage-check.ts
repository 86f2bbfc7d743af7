import type { GoalUsageTable } from '../../mapping/goal-table.ts'
import { type Query, tableOf } from '../../mapping/table-facts.ts'
import type { Check } from './check.ts'

/** Of the table in which a goal table's usage is kept. */
export function usageCheck({ table: name, ...columns }: GoalUsageTable, query: Query): Check {
  const there = new Set(tableOf(name, query)?.columns.map((column) => column.name.toLowerCase()))
  if (there.size === 0) return { name, found: 'is not there', fix: 'name the table that usage is kept in' }
  const [missing] = Object.entries(columns).filter(([, column]) => column && !there.has(column.toLowerCase()))
  if (missing) {
    const [key, column] = missing
    return { name, found: `has no column ${column}`, fix: `name the column that is its usage.${key}, or leave it out` }
  }
  const { goalId } = columns
  const indexes = query(
    `SELECT part.name FROM pragma_index_list(?) AS one, pragma_index_xinfo(one.name) AS part
     WHERE NOT one.partial AND part.seqno = 0 AND lower(part.name) = lower(?)`,
    name,
    goalId,
  )
  if (indexes.length > 0) return { name, found: 'usage by goal' }
  const index = `"${`${name}_${goalId}`.replaceAll('"', '""')}" ON "${name.replaceAll('"', '""')}" ("${goalId.replaceAll('"', '""')}")`
  const found = `has no index on ${goalId}: every insert scans the whole table`
  return { name, found, fix: `CREATE INDEX ${index}` }
}
