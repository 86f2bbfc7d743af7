import type { ObservableDatabase, ObservableStatement } from './database.ts'
import type { GoalColumns, GoalTable } from './goal-table.ts'
import type { ObservedTable } from './triggers.ts'

/** What of a mapped table this connection's main database has; undefined where it is not there or has no goals in it. */
export function findTable(database: ObservableDatabase, mapping: GoalTable): ObservedTable | undefined {
  const found = rows(
    database,
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?) AND sql NOT LIKE 'CREATE VIRTUAL%'`,
    mapping.table,
  )
  if (found.length === 0) return undefined
  const columns = rows(database, `SELECT name, pk FROM pragma_table_xinfo(?, 'main')`, mapping.table)
  const there = new Set(columns.map(({ name }) => String(name).toLowerCase()))
  const mapped = Object.entries(mapping.columns).filter(([, name]) => name && there.has(String(name).toLowerCase()))
  const present = Object.fromEntries(mapped) as unknown as GoalColumns
  if (present.goalId === undefined || present.status === undefined) return undefined
  const primary = columns
    .filter(({ pk }) => Number(pk) > 0)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map(({ name }) => String(name))
  return { ...mapping, columns: present, keys: distinct([primary, ...uniqueKeys(database, mapping.table)]) }
}

function uniqueKeys(database: ObservableDatabase, table: string): string[][] {
  const unique = `SELECT name FROM pragma_index_list(?, 'main') WHERE "unique" AND NOT partial`
  return rows(database, unique, table).map(({ name }) => {
    const columns = rows(database, `SELECT name FROM pragma_index_info(?, 'main') ORDER BY seqno`, name)
    // An index on an expression has a column without a name: what it keeps apart cannot be told in a trigger.
    return columns.some(({ name }) => name === null) ? [] : columns.map(({ name }) => String(name))
  })
}

function distinct(keys: string[][]): string[][] {
  const byText = new Map(keys.filter((key) => key.length > 0).map((key) => [[...key].sort().join('\0'), key]))
  return [...byText.values()]
}

export function rows(database: ObservableDatabase, sql: string, ...parameters: unknown[]): Record<string, unknown>[] {
  const statement: ObservableStatement = database.prepare(sql).safeIntegers(false)
  return statement.all(...parameters) as Record<string, unknown>[]
}
