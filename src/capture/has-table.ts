import type { Connection } from '../sqlite/connection.ts'
import { identifier } from './trigger-sql.ts'

/** Compiles, and reads nothing, so that no lock is kept. @throws what SQLite says but that there is no such table. */
export function hasTable(database: Connection, table: string): boolean {
  try {
    database.prepare(`SELECT 1 FROM main.${identifier(table)}`)
    return true
  } catch (error) {
    if (!/no such table/.test(String(error))) throw error
    return false
  }
}

/** The same where nothing depends on it: false where SQLite cannot say. */
export function seemsToHaveTable(database: Connection, table: string): boolean {
  try {
    return hasTable(database, table)
  } catch {
    return false
  }
}
