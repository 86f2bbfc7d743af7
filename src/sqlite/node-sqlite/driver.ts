import type { Driver } from '../driver.ts'
import { NodeSqliteConnection, type NodeSqliteDatabase, openNodeSqlite } from './connection.ts'
import { patchNodeSqliteWhenLoaded } from './loading.ts'
import { patchClassOf } from './patch.ts'
import { FITTING, fitsNodeSqlite, hasNodeSqlite } from './version.ts'

const NAME = 'node:sqlite'

export const nodeSqlite: Driver<NodeSqliteDatabase> = {
  name: NAME,
  database: `a DatabaseSync of ${NAME} in ${FITTING}`,
  install: `use ${FITTING}`,
  // It does not go through Node-API: a row of twenty values takes two thirds of better-sqlite3's time.
  fast: true,
  recognizes: (value): value is NodeSqliteDatabase => {
    // Asking a closed one for its value would throw.
    return 'isTransaction' in value && typeof (value as NodeSqliteDatabase).prepare === 'function'
  },
  connect: (database) => new NodeSqliteConnection(database),
  patchClassOf,
  patchLoaded: patchNodeSqliteWhenLoaded,
  opener() {
    if (!hasNodeSqlite()) throw new Error(`Node ${process.versions.node} has no ${NAME} that goaltrace can use`)
    return openNodeSqlite
  },
  openerOfSame: () => openNodeSqlite,
  // It does not say.
  isOpenedByPath: () => false,
  check: ({ nodeVersion }) => (fitsNodeSqlite(nodeVersion) ? { found: `in Node ${nodeVersion}` } : undefined),
}
