import type { Database } from 'better-sqlite3'
import { hasNodeSqlite, openByAny } from '../../sqlite/driver.ts'
import { NodeSqliteConnection, openNodeSqlite } from '../../sqlite/node-sqlite.ts'

/**
 * By node:sqlite where this Node has it, in better-sqlite3's words, else by better-sqlite3: node:sqlite hands over a row
 * of twenty values in two thirds of the time, because it does so without Node-API.
 * @throws {NoDriverError} where there is neither.
 */
export function openDatabase(file: string, timeout: number): Database {
  const database = new (hasNodeSqlite() ? openNodeSqlite : openByAny())(file, { timeout })
  return (database instanceof NodeSqliteConnection ? new NodeSqliteBackend(database.database) : database) as Database
}

/** What the backend uses of better-sqlite3 besides what a connection has. */
class NodeSqliteBackend extends NodeSqliteConnection {
  pragma(sql: string, { simple = false } = {}): unknown {
    const statement = this.prepare(`PRAGMA ${sql}`)
    return simple ? statement.pluck().get() : statement.all()
  }

  /** A function that runs in a transaction of its own, begun as its name says. */
  transaction<Args extends unknown[], Result>(run: (...args: Args) => Result) {
    const begun =
      (begin: string) =>
      (...args: Args): Result => {
        this.exec(begin)
        try {
          const result = run(...args)
          this.exec('COMMIT')
          return result
        } catch (error) {
          // Some errors have rolled back all by themselves (https://sqlite.org/lang_transaction.html).
          if (this.inTransaction) this.exec('ROLLBACK')
          throw error
        }
      }
    return Object.assign(begun('BEGIN'), { immediate: begun('BEGIN IMMEDIATE') })
  }
}
