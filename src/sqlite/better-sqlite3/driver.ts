import type { Driver, PatchedFiles } from '../driver.ts'
import { ownerOf, patchedFunction } from '../patched-method.ts'
import { checkBetterSqlite3, type KnownPackage } from './check.ts'
import { BetterSqlite3Connection } from './connection.ts'
import { type BetterSqlite3Database, isBetterSqlite3 } from './database.ts'
import { loadBetterSqlite3 } from './load.ts'
import { patchLoadedBetterSqlite3 } from './loaded.ts'
import { withOwnLog } from './log.ts'
import { type BetterSqlite3Methods, type Pragma, patchBetterSqlite3, patchPragma } from './patch.ts'
import { openBySameAddon } from './same-addon.ts'
import { patchTransaction, type Transaction } from './transaction.ts'

export type LikeBetterSqlite3 = KnownPackage & Pick<Driver, 'install'>

/** A package with the API, the files and the native addon of better-sqlite3. */
export function likeBetterSqlite3({ name, install, oldest, newest }: LikeBetterSqlite3): Driver<BetterSqlite3Database> {
  return {
    name,
    database: `a database of ${name}`,
    ...(install !== undefined && { install }),
    recognizes: isBetterSqlite3,
    connect: (database) => new BetterSqlite3Connection(database),
    patchClassOf: (database) => patchBetterSqlite3(ownerOf(database, 'prepare')),
    patchLoaded: () => patchLoadedBetterSqlite3(name),
    files: patchedFiles(name, [`>=${oldest}.0.0 <${newest + 1}`]),
    opener: () => loadBetterSqlite3(name),
    openerOfSame: openBySameAddon,
    isOpenedByPath: (database) => !database.name.startsWith('file:'),
    check: (agent) => checkBetterSqlite3({ name, oldest, newest }, agent),
  }
}

/**
 * The inner CommonJS files, not the package's main one: they are required the same way by an ESM import, a require, a
 * bundle that leaves the package outside, and the entry points by platform of version 13.
 */
function patchedFiles(name: string, versions: readonly string[]): PatchedFiles {
  return {
    versions,
    patches: {
      [`${name}/lib/methods/wrappers.js`]: (methods: BetterSqlite3Methods) => {
        patchBetterSqlite3(methods)
        return methods
      },
      [`${name}/lib/methods/pragma.js`]: (method: Pragma) => patchedFunction(method, patchPragma),
      [`${name}/lib/methods/transaction.js`]: (method: Transaction) => patchedFunction(method, patchTransaction),
      [`${name}/lib/database.js`]: withOwnLog,
    },
  }
}

/** Its version 13 needs Node 22. */
const HERE = Number.parseInt(process.versions.node, 10) < 22 ? '@12' : ''

export const betterSqlite3 = likeBetterSqlite3({
  name: 'better-sqlite3',
  install: `npm i better-sqlite3${HERE}`,
  oldest: 8,
  newest: 13,
})
