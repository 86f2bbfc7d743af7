import { createRequire } from 'node:module'
import type { OpenDatabase } from '../outbox/outbox-file.ts'
import { openNodeSqlite } from './node-sqlite.ts'

export type Driver = 'better-sqlite3' | 'node:sqlite'

/** @param betterSqlite3 Where the agent has its copy of it. */
export function openBy(driver: Driver, betterSqlite3: string = 'better-sqlite3'): OpenDatabase {
  return driver === 'node:sqlite' ? openNodeSqlite : createRequire(import.meta.url)(betterSqlite3)
}

/**
 * For who has to keep a file of goaltrace's own, whatever the agent uses: better-sqlite3 where it is installed beside
 * goaltrace, else node:sqlite.
 * @throws {Error} where there is neither; what better-sqlite3 says where it does not load.
 */
export function openByAny(): OpenDatabase {
  try {
    return openBy('better-sqlite3')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' || !hasNodeSqlite()) throw error
    return openNodeSqlite
  }
}

/** Before Node 22.16 it does not say whether it is in a transaction. */
export function hasNodeSqlite(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 16)
}
