import type { Connection } from '../sqlite/connection.ts'
import type { GoalColumns, GoalTable, GoalUsageTable } from './goal-table.ts'

/** What of a mapped table is really there. */
export interface ObservedTable extends GoalTable, Keys {
  readonly usage: ObservedUsage | undefined
}

export interface ObservedUsage extends GoalUsageTable, Keys {
  /** Whether a goal's rows are found without a walk through all of them. */
  readonly indexed: boolean
}

interface Keys {
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
  const found = columnsOf(database, mapping.table)
  const columns = present(mapping.columns, found)
  if (columns.goalId === undefined || columns.status === undefined) return undefined
  const usage = mapping.usage && findUsage(database, mapping.usage)
  return { ...mapping, columns: columns as GoalColumns, usage, ...keysOf(database, mapping.table, found) }
}

function findUsage(database: Connection, { table, ...columns }: GoalUsageTable): ObservedUsage | undefined {
  const found = columnsOf(database, table)
  const { goalId, tokens, seconds } = present(columns, found)
  if (goalId === undefined || (tokens === undefined && seconds === undefined)) return undefined
  const first = rows(
    database,
    `SELECT lower(part.name) AS name FROM pragma_index_list(?, 'main') AS one, pragma_index_xinfo(one.name, 'main') AS part
     WHERE NOT one.partial AND part.seqno = 0`,
    table,
  )
  const indexed = first.some(({ name }) => name === goalId.toLowerCase())
  return { table, goalId, tokens, seconds, indexed, ...keysOf(database, table, found) }
}

interface FoundColumn {
  readonly name: string
  /** Its place in the primary key, from 1; 0 where it is not in it. */
  readonly pk: number
}

/** None where there is no such table. */
function columnsOf(database: Connection, table: string): FoundColumn[] {
  const found = rows(
    database,
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?) AND sql NOT LIKE 'CREATE VIRTUAL%'`,
    table,
  )
  if (found.length === 0) return []
  const columns = pragma(database, 'table_xinfo', table)
  return columns.map(({ name, pk }) => ({ name: String(name), pk: Number(pk) }))
}

/** What of a mapping names a column that is there. */
function present<T extends object>(mapping: T, found: readonly FoundColumn[]): Partial<T> {
  const there = new Set(found.map(({ name }) => name.toLowerCase()))
  const mapped = Object.entries(mapping).filter(([, name]) => name && there.has(String(name).toLowerCase()))
  return Object.fromEntries(mapped) as Partial<T>
}

function keysOf(database: Connection, table: string, columns: readonly FoundColumn[]): Keys {
  const indexes = pragma(database, 'index_list', table).filter(({ unique, partial }) => unique && !partial)
  const keys = indexes.map(({ name }) => uniqueKey(database, String(name)))
  // A primary key without an index of its own is the rowid (https://sqlite.org/lang_createtable.html#rowid).
  const primary = columns.find(({ pk }) => pk > 0)?.name
  const rowid = indexes.some(({ origin }) => origin === 'pk') ? undefined : primary
  if (rowid !== undefined) keys.push([{ name: rowid }])
  return { keys: keys.filter((key) => key.length > 0), rowid }
}

/** Empty for an index on an expression: what that keeps apart cannot be asked for in a trigger. */
function uniqueKey(database: Connection, index: string): UniqueKey {
  const columns = pragma(database, 'index_xinfo', index).filter(({ key }) => key)
  if (columns.some(({ name }) => name === null)) return []
  return columns.map(({ name, coll }) => ({ name: String(name), collation: String(coll) }))
}

/** A statement, not its table-valued function: of that, DatabaseSync#deserialize leaves a dangling one behind. */
function pragma(database: Connection, name: string, of: string): Record<string, unknown>[] {
  return rows(database, `PRAGMA main.${name}("${of.replaceAll('"', '""')}")`)
}

export function rows(database: Connection, sql: string, ...parameters: unknown[]): Record<string, unknown>[] {
  return database
    .prepare(sql)
    .safeIntegers(false)
    .all(...parameters) as Record<string, unknown>[]
}
