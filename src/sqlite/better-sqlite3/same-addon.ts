import type { OpenDatabase } from '../open-database.ts'
import { ownerOf } from '../patched-method.ts'

type Options = ConstructorParameters<OpenDatabase>[1] & { readonly nativeBinding?: object }
type BetterSqlite3 = new (file: string, options: Options) => InstanceType<OpenDatabase>

/** By the class of the native part, then the driver's class. */
const known = new WeakMap<object, WeakMap<BetterSqlite3, OpenDatabase>>()

/**
 * Opens further connections by the very native addon that has this one open.
 * @returns undefined where that copy cannot be reached.
 */
export function openBySameAddon(database: object): OpenDatabase | undefined {
  // The driver's class, not one of the agent's that extends it, which may open what it likes.
  const Database = ownerOf(database, 'prepare').constructor as BetterSqlite3
  const native = nativeOf(database)
  if (native === undefined) return undefined
  // An agent with a file for each session opens many: asking opens a database, and what does so leaves holes in memory.
  const openers = known.get(native.constructor) ?? new WeakMap<BetterSqlite3, OpenDatabase>()
  known.set(native.constructor, openers)
  const opener = openers.get(Database) ?? openerLike(Database, native)
  if (opener !== undefined) openers.set(Database, opener)
  return opener
}

function openerLike(Database: BetterSqlite3, native: object): OpenDatabase | undefined {
  // better-sqlite3 takes a loaded addon in place of its path from version 8.3 on; before, and in the entries for one
  // platform, there is only the addon that the class loads.
  const nativeBinding = { Database: native.constructor, isInitialized: true }
  const options = [{ nativeBinding }, {}].find((options) => isSame(Database, options, native))
  return options && withOptions(Database, options)
}

/** better-sqlite3's native part of a connection, kept under its own symbol. */
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
