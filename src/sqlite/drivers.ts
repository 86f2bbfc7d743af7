import { createRequire, isBuiltin } from 'node:module'
import { reason } from '../base/diagnose.ts'
import type { OpenDatabase } from '../outbox/outbox-file.ts'
import { openNodeSqlite } from './node-sqlite.ts'

export type Driver = 'better-sqlite3' | 'node:sqlite'

/** @param betterSqlite3 Where the agent has its copy of it. */
export function openBy(driver: Driver, betterSqlite3: string = 'better-sqlite3'): OpenDatabase {
  return driver === 'node:sqlite' ? openNodeSqlite : createRequire(import.meta.url)(betterSqlite3)
}

/** The message says what to install. */
export class NoDriverError extends Error {
  override readonly name = 'NoDriverError'
}

/**
 * For who has a file of goaltrace's own, or a process: better-sqlite3 where it is installed beside goaltrace, else
 * node:sqlite. Never for a file that the agent has open in this process: two copies of SQLite know nothing of each
 * other's locks (https://sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application).
 * @throws {NoDriverError} where there is neither.
 */
export function openByAny(): OpenDatabase {
  try {
    return openBy('better-sqlite3')
  } catch (error) {
    if (hasNodeSqlite()) return openNodeSqlite
    const why = reason(error).split('\n')[0]
    throw new NoDriverError(`No SQLite is to be had (${why}): npm i better-sqlite3, or use Node 22.16, 24 or newer.`)
  }
}

/** Whether this process has one that fits: Node can be built, or started, without. */
export function hasNodeSqlite(): boolean {
  return isBuiltin('node:sqlite') && fitsNodeSqlite(process.versions.node)
}

/** Before Node 22.16 it does not say whether it is in a transaction. */
export function fitsNodeSqlite(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 16)
}
