import { type Connection, rows } from './connection.ts'

type Schema = 'main' | 'temp'

/**
 * Within a transaction it compiles, and reads nothing, so that no snapshot is fixed. Else it asks: better-sqlite3 13 aborts
 * the process where V8 ends the code that runs at the very moment in which the driver throws (napi_throw in node-addon-api).
 * @throws what SQLite says but that there is no such table.
 */
export function hasTable(database: Connection, table: string, schema: Schema = 'main'): boolean {
  return tablesThere(database, [table], schema).length > 0
}

/** Those of these tables that are there, as `hasTable` finds them. */
export function tablesThere(database: Connection, tables: readonly string[], schema: Schema = 'main'): string[] {
  if (database.inTransaction) return tables.filter((table) => isCompiled(database, table, schema))
  const listed = `SELECT lower(name) AS name FROM ${schema}.sqlite_schema WHERE type IN ('table', 'view')
    AND lower(name) IN (${tables.map(() => 'lower(?)').join(', ')})`
  const there = new Set(rows(database, listed, ...tables).map(({ name }) => name))
  return tables.filter((table) => there.has(lower(table)))
}

/** As SQLite's lower() does, which knows ASCII alone. */
function lower(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** The same where nothing depends on it: false where SQLite cannot say. */
export function seemsToHaveTable(database: Connection, table: string): boolean {
  try {
    return hasTable(database, table)
  } catch {
    return false
  }
}

function isCompiled(database: Connection, table: string, schema: Schema): boolean {
  try {
    database.prepare(`SELECT 1 FROM ${schema}."${table.replaceAll('"', '""')}"`)
    return true
  } catch (error) {
    if (!/no such table/.test(String(error))) throw error
    return false
  }
}
