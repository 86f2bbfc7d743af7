import { type Connection, rows } from './connection.ts'

type Schema = 'main' | 'temp'

/**
 * Within a transaction it compiles, and reads nothing, so that no snapshot is fixed. Else it asks: better-sqlite3 13 aborts
 * the process where V8 ends the code that runs at the very moment in which the driver throws (napi_throw in node-addon-api).
 * @throws what SQLite says but that there is no such table.
 */
export function hasTable(database: Connection, table: string, schema: Schema = 'main'): boolean {
  return database.inTransaction ? isCompiled(database, table, schema) : isListed(database, table, schema)
}

/** The same where nothing depends on it: false where SQLite cannot say. */
export function seemsToHaveTable(database: Connection, table: string): boolean {
  try {
    return hasTable(database, table)
  } catch {
    return false
  }
}

function isListed(database: Connection, table: string, schema: Schema): boolean {
  const listed = `SELECT 1 FROM ${schema}.sqlite_schema WHERE type IN ('table', 'view') AND lower(name) = lower(?)`
  return rows(database, listed, table).length > 0
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
