import type { Database } from 'better-sqlite3'
import { openByAny } from '../sqlite/driver.ts'
import { NodeSqliteConnection } from '../sqlite/node-sqlite.ts'

/** By better-sqlite3 where it is installed, else by node:sqlite, in its words. @throws {NoDriverError} where there is neither. */
export function openDatabase(file: string, timeout: number): Database {
  const database = new (openByAny())(file, { timeout })
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
