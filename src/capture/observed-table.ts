import type { GoalColumns, GoalTable, GoalUsageTable } from '../mapping/goal-table.ts'
import { type Connection, rows } from '../sqlite/connection.ts'
import { partialIndex } from './partial-index.ts'
import { identifier, inIndex } from './trigger-sql.ts'
import type { KeyColumn, UniqueKey } from './unique-key.ts'

/** The part of a mapped table that the database has. */
export interface ObservedTable extends GoalTable, Keys {
  readonly usage: ObservedUsage | undefined
}

export interface ObservedUsage extends GoalUsageTable, Keys {
  /** Whether an index finds a goal's rows. */
  readonly indexed: boolean
}

interface Keys {
  readonly keys: readonly UniqueKey[]
  /** The column that is an alias of the rowid: unknown before a row is inserted. */
  readonly rowid: string | undefined
  /** Columns that SQLite computes (https://sqlite.org/gencol.html). */
  readonly generated: readonly string[]
}

/**
 * A mapped table as this connection's main database has it; undefined if it does not exist or lacks the columns of a
 * goal.
 */
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
  readonly generated: boolean
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
  return columns.map(({ name, pk, hidden }) => ({ name: String(name), pk: Number(pk), generated: Number(hidden) > 1 }))
}

/** The entries of a mapping whose columns are there. */
function present<T extends object>(mapping: T, found: readonly FoundColumn[]): Partial<T> {
  const there = new Set(found.map(({ name }) => name.toLowerCase()))
  const mapped = Object.entries(mapping).filter(([, name]) => name && there.has(String(name).toLowerCase()))
  return Object.fromEntries(mapped) as Partial<T>
}

function keysOf(database: Connection, table: string, columns: readonly FoundColumn[]): Keys {
  const indexes = pragma(database, 'index_list', table).filter(({ unique }) => unique)
  const keys = indexes.flatMap(({ name, partial }) => {
    const key = uniqueColumns(database, String(name))
    return partial ? partialKey(database, table, String(name), key, columns) : { columns: key }
  })
  // A primary key without an index is the rowid (https://sqlite.org/lang_createtable.html#rowid).
  const primary = columns.find(({ pk }) => pk > 0)?.name
  const rowid = indexes.some(({ origin }) => origin === 'pk') ? undefined : primary
  if (rowid !== undefined) keys.push({ columns: [{ name: rowid }] })
  const generated = columns.filter((column) => column.generated).map(({ name }) => name)
  return { keys: keys.filter((key) => key.columns.length > 0), rowid, generated }
}

/** Empty for an index on an expression, which a trigger cannot ask for. */
function uniqueColumns(database: Connection, index: string): KeyColumn[] {
  const columns = pragma(database, 'index_xinfo', index).filter(({ key }) => key)
  if (columns.some(({ name }) => name === null)) return []
  return columns.map(({ name, coll }) => ({ name: String(name), collation: String(coll) }))
}

/** None where triggers cannot ask for the index's condition, as one that names the rowid or the table. */
function partialKey(
  database: Connection,
  table: string,
  index: string,
  key: readonly KeyColumn[],
  columns: readonly FoundColumn[],
): UniqueKey[] {
  const [found] = rows(database, `SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?`, index)
  const partial = partialIndex(String(found?.sql), columns)
  if (partial === undefined) return []
  const row = '_goaltrace_row'
  const nothing = partial.columns.map((name) => `NULL AS ${identifier(name)}`).join(', ')
  try {
    database.prepare(`SELECT 1 FROM main.${identifier(table)} AS ${row} WHERE (${partial.where}\n)`)
    // With a row that has no rowid, as in a trigger.
    database.prepare(`SELECT ${inIndex(partial, row)} FROM (SELECT ${nothing}) AS ${row}`)
  } catch {
    return []
  }
  return [{ columns: key, partial }]
}

/** A statement, not a table-valued function, which DatabaseSync#deserialize leaves dangling. */
function pragma(database: Connection, name: string, of: string): Record<string, unknown>[] {
  return rows(database, `PRAGMA main.${name}("${of.replaceAll('"', '""')}")`)
}

/** Of all tables that have triggers. */
export function namesOf(tables: readonly GoalTable[]): string[] {
  return tables.flatMap(({ table, usage }) => (usage === undefined ? [table] : [table, usage.table]))
}
