import type { TableLayout } from './table-layout.ts'
import type { TableRow } from './table-row.ts'

/** A table as a database's schema has it. */
export interface KnownTable {
  readonly name: string
  /** Its tree's first page; 0 for a table that is not there any more. */
  readonly root: number
  /** The statement that made it. */
  readonly sql: string
}

/** The tree of sqlite_schema, which says where the others are. */
export const SCHEMA = 'sqlite_schema'
export const SCHEMA_ROOT = 1
export const SCHEMA_LAYOUT: TableLayout = {
  columns: [0, 1, 3, 4].map((at) => ({ at, missing: null })),
  key: undefined,
  depth: 5,
}

export interface SchemaEntry extends KnownTable {
  readonly type: string
}

/** The tables, indexes, views and triggers in rows of SCHEMA_LAYOUT. */
export function* schemaEntries(rows: Iterable<TableRow>): Generator<SchemaEntry> {
  for (const { values } of rows) {
    const [type, name, root, sql] = values
    yield { type: String(type), name: String(name), root: Number(root), sql: sql === null ? '' : String(sql) }
  }
}

/** @param name In any case of letters, as SQLite has names. */
export function tableNamed(name: string, rows: Iterable<TableRow>): KnownTable | undefined {
  for (const { type, ...table } of schemaEntries(rows)) {
    if (type === 'table' && table.name.toLowerCase() === name.toLowerCase()) return table
  }
  return undefined
}
