import type { Database } from 'better-sqlite3'
import { openByFastest } from '../../sqlite/drivers.ts'

/**
 * Opens a database with better-sqlite3's interface, whichever driver is installed.
 * @throws {NoDriverError} if none is.
 */
export function openDatabase(file: string, timeout: number): Database {
  return new (openByFastest())(file, { timeout }) as Database
}
