import { reason } from '../base/diagnose.ts'
import type { BetterSqlite3Database } from './better-sqlite3/database.ts'
import { betterSqlite3 } from './better-sqlite3/driver.ts'
import type { BunSqliteDatabase } from './bun-sqlite/database.ts'
import { bunSqlite } from './bun-sqlite/driver.ts'
import { type Connection, databaseOf } from './connection.ts'
import type { Driver } from './driver.ts'
import { multipleCiphers } from './multiple-ciphers.ts'
import type { NodeSqliteDatabase } from './node-sqlite/connection.ts'
import { nodeSqlite } from './node-sqlite/driver.ts'
import { ignoreConnection } from './observations.ts'
import type { OpenDatabase } from './open-database.ts'

/** In the order in which goaltrace tries them for its own files. */
const LIST = [betterSqlite3, nodeSqlite, multipleCiphers] as const
/** The addon of better-sqlite3 ends a process of Bun: it is never loaded there. */
const LIST_OF_BUN = [bunSqlite, nodeSqlite] as const

/**
 * A connection that can be observed: of better-sqlite3 (8 to 13) or better-sqlite3-multiple-ciphers (11 to 13), a
 * DatabaseSync of node:sqlite (Node 22.16, 24 or newer), or a Database of bun:sqlite (Bun 1.4.4 or newer).
 */
export type ObservableDatabase = BetterSqlite3Database | NodeSqliteDatabase | BunSqliteDatabase

export const DRIVERS: readonly Driver<ObservableDatabase>[] = process.versions.bun ? LIST_OF_BUN : LIST

const names = DRIVERS.map(({ name }) => name)
/** As words of a sentence: `a, b or c`. */
export const DRIVER_NAMES = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
export const OBSERVABLE = DRIVERS.map(({ database }) => database).join(', or ')
/** What to do where there is no driver. */
export const INSTALL = DRIVERS.flatMap(({ install }) => install ?? []).join(', or ')

export function driverOf(database: object): Driver<ObservableDatabase> | undefined {
  return DRIVERS.find((driver) => driver.recognizes(database))
}

const connections = new WeakMap<object, Connection>()

/** The same one for a database each time. */
export function connectionOf(database: ObservableDatabase): Connection {
  const known = connections.get(database)
  if (known !== undefined) return known
  const connection = driverOf(database)?.connect(database) ?? (database as Connection)
  connections.set(database, connection)
  return connection
}

/** Opens further connections by the very copy of SQLite that has this one open, unobserved; see Driver.openerOfSame. */
export function openBySame(connection: Connection): OpenDatabase | undefined {
  const database = databaseOf(connection) as ObservableDatabase
  const open = driverOf(database)?.openerOfSame(database)
  return open && unobserved(open)
}

/** Whether it is known that a connection was opened by the plain path of its file; see Driver.isOpenedByPath. */
export function isOpenedByPath(connection: Connection): boolean {
  const database = databaseOf(connection) as ObservableDatabase
  return driverOf(database)?.isOpenedByPath(database) ?? false
}

function unobserved(Database: OpenDatabase): OpenDatabase {
  return class {
    constructor(file: string, options: ConstructorParameters<OpenDatabase>[1]) {
      const own = new Database(file, options)
      ignoreConnection(own)
      // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
      return own
    }
  } as unknown as OpenDatabase
}

/** The message says what to install. */
export class NoDriverError extends Error {
  override readonly name = 'NoDriverError'
}

/**
 * For goaltrace's own file, or its own process: the first driver that is installed beside goaltrace. Never for a
 * file that the agent has open in this process; see Driver.openerOfSame.
 * @throws {NoDriverError} where there is none.
 */
export function openByAny(): OpenDatabase {
  return firstOpener(DRIVERS)
}

/** The same, the fastest one first. @throws {NoDriverError} where there is none. */
export function openByFastest(): OpenDatabase {
  return firstOpener([...DRIVERS].sort((a, b) => Number(b.fast ?? false) - Number(a.fast ?? false)))
}

function firstOpener(drivers: readonly Driver[]): OpenDatabase {
  const faults: unknown[] = []
  for (const driver of drivers) {
    try {
      return driver.opener()
    } catch (error) {
      faults.push(error)
    }
  }
  throw new NoDriverError(`No SQLite driver is available (${reason(faults[0]).split('\n')[0]}): ${INSTALL}.`)
}
