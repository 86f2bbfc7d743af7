import type { Connection } from '../sqlite/connection.ts'
import type { GoalColumns, GoalTable } from './goal-table.ts'

/** What of a mapped table is really there. */
export interface ObservedTable extends GoalTable {
  readonly keys: readonly UniqueKey[]
  /** The column that is the rowid under a name of its own: unknown before a row is inserted. */
  readonly rowid: string | undefined
}

/** Columns whose values are unique together: what a REPLACE goes by. */
export type UniqueKey = readonly KeyColumn[]

export interface KeyColumn {
  readonly name: string
  /** By which the index, not the column, takes two texts for the same. */
  readonly collation?: string | undefined
}

/** A mapped table as this connection's main database has it; undefined where it is not there or has no goals in it. */
export function findTable(database: Connection, mapping: GoalTable): ObservedTable | undefined {
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
  const indexes = rows(
    database,
    `SELECT name, origin FROM pragma_index_list(?, 'main') WHERE "unique" AND NOT partial`,
    mapping.table,
  )
  const keys = indexes.map(({ name }) => uniqueKey(database, String(name)))
  // A primary key without an index of its own is the rowid (https://sqlite.org/lang_createtable.html#rowid).
  const primary = columns.find(({ pk }) => Number(pk) > 0)?.name as string | undefined
  const rowid = indexes.some(({ origin }) => origin === 'pk') ? undefined : primary
  if (rowid !== undefined) keys.push([{ name: rowid }])
  return { ...mapping, columns: present, keys: keys.filter((key) => key.length > 0), rowid }
}

/** Empty for an index on an expression: what that keeps apart cannot be asked for in a trigger. */
function uniqueKey(database: Connection, index: string): UniqueKey {
  const columns = rows(database, `SELECT name, coll FROM pragma_index_xinfo(?, 'main') WHERE key ORDER BY seqno`, index)
  if (columns.some(({ name }) => name === null)) return []
  return columns.map(({ name, coll }) => ({ name: String(name), collation: String(coll) }))
}

export function rows(database: Connection, sql: string, ...parameters: unknown[]): Record<string, unknown>[] {
  return database
    .prepare(sql)
    .safeIntegers(false)
    .all(...parameters) as Record<string, unknown>[]
}
