import type { Database } from 'better-sqlite3'
import { openByFastest } from '../../sqlite/drivers.ts'

/**
 * In better-sqlite3's words, whichever driver it is.
 * @throws {NoDriverError} where there is none.
 */
export function openDatabase(file: string, timeout: number): Database {
  return new (openByFastest())(file, { timeout }) as Database
}
