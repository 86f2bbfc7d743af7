import { ignoreConnection, ownerOf } from '../capture/observers.ts'
import type { OpenDatabase } from '../outbox/outbox-file.ts'
import type { Connection } from './connection.ts'
import { NodeSqliteConnection, openNodeSqlite } from './node-sqlite.ts'

type Options = ConstructorParameters<OpenDatabase>[1] & { readonly nativeBinding?: object }
type BetterSqlite3 = new (file: string, options: Options) => InstanceType<OpenDatabase>

/**
 * Opens further connections by the very copy of SQLite that has this one open, unobserved. A second copy in one process
 * knows nothing of the first one's locks, and its close drops them
 * (https://sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application).
 * @returns undefined where that copy cannot be reached.
 */
export function openBySame(database: Connection): OpenDatabase | undefined {
  if (database instanceof NodeSqliteConnection) return unobserved(openNodeSqlite)
  // The driver's class, not one of the agent's that extends it, which may open what it likes.
  const Database = ownerOf(database, 'prepare').constructor as BetterSqlite3
  const native = nativeOf(database)
  if (native === undefined) return undefined
  // better-sqlite3 takes a loaded addon in place of its path from version 8.3 on; before, and in the entries for one
  // platform, there is only the addon that the class loads.
  const nativeBinding = { Database: native.constructor, isInitialized: true }
  const options = [{ nativeBinding }, {}].find((options) => isSame(Database, options, native))
  return options && unobserved(withOptions(Database, options))
}

/** better-sqlite3's native part of a connection, kept under a symbol of its own. */
function nativeOf(database: object): object | undefined {
  for (const symbol of Object.getOwnPropertySymbols(database)) {
    const value: unknown = Reflect.get(database, symbol)
    if (typeof value === 'object' && value?.constructor.name === 'Database') return value
  }
  return undefined
}

/** Asked of a database in memory, which has no locks to lose. */
function isSame(Database: BetterSqlite3, options: { nativeBinding?: object }, native: object): boolean {
  try {
    const probe = new Database(':memory:', { timeout: 0, ...options })
    const same = nativeOf(probe)?.constructor === native.constructor
    probe.close()
    return same
  } catch {
    return false
  }
}

function withOptions(Database: BetterSqlite3, options: { nativeBinding?: object }): OpenDatabase {
  return class {
    constructor(file: string, given: ConstructorParameters<OpenDatabase>[1]) {
      // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
      return new Database(file, { ...given, ...options })
    }
  } as unknown as OpenDatabase
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
