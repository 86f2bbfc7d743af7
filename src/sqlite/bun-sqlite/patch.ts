import { patchTransaction, type Transaction } from '../better-sqlite3/transaction.ts'
import type { ConnectionObservation } from '../connection-observation.ts'
import { NativeStatements } from '../native-statements.ts'
import { observationOf, observationOfText } from '../observations.ts'
import { patchMethod } from '../patched-method.ts'
import { type BunSqliteDatabase, type BunSqliteStatement, loadBunSqlite } from './database.ts'
import { totalOf } from './total-changes.ts'

type Method = (...args: unknown[]) => unknown
type Prepare = (sql: string, ...more: unknown[]) => BunSqliteStatement
type Run = (sql: string, ...more: unknown[]) => unknown

const statements = new NativeStatements()

/** Takes a connection for the one whose statements are unknown. */
export function patchClassOf(database: BunSqliteDatabase): void {
  statements.adopt(database)
  const { Database } = loadBunSqlite()
  const probe = new Database(':memory:', {})
  patchStatement(Object.getPrototypeOf(probe.prepare('SELECT 1').native))
  probe.close()
  patchBunSqlite(Database.prototype)
}

/** @param methods The prototype of Database. */
export function patchBunSqlite(methods: BunSqliteDatabase): void {
  for (const name of ['prepare', 'query'] as const) {
    patchMethod<BunSqliteDatabase, Prepare>(methods, name, (prepare) => {
      return function (sql, ...more) {
        const original = () => prepare.call(this, sql, ...more)
        const observation = observationOfText(this, sql)
        return noted(observation === undefined ? original() : preparedBy(observation, sql, original), this, sql)
      }
    })
  }
  patchMethod<BunSqliteDatabase, Run>(methods, 'run', (run) => {
    return function (sql, ...more) {
      const observation = observationOfText(this, sql)
      if (observation === undefined) return run.call(this, sql, ...more)
      const total = totalOf((text) => run.call(this, text, ...more))
      return observation.exec(sql, total)
    }
  })
  // The same function in Bun.
  Object.defineProperty(methods, 'exec', { ...Object.getOwnPropertyDescriptor(methods, 'exec'), value: methods.run })
  patchMethod<BunSqliteDatabase, Method>(methods, 'close', (close) => {
    return function (...args) {
      observationOf(this)?.close()
      return close.apply(this, args)
    }
  })
  // Its statements are prepared past `prepare`.
  patchMethod(methods as { transaction?: Transaction }, 'transaction', patchTransaction as never)
}

function preparedBy(observation: ConnectionObservation, sql: string, original: () => BunSqliteStatement) {
  let statement: BunSqliteStatement | undefined
  const native = observation.prepare(sql, () => {
    statement = original()
    return statement.native
  })
  return statement?.native === native ? statement : original()
}

function noted(statement: BunSqliteStatement, database: BunSqliteDatabase, source: string): BunSqliteStatement {
  const { native } = statement
  // query() gives the same statement for a text each time.
  if (!statements.has(native)) statements.note(native, database, source)
  patchStatement(Object.getPrototypeOf(native))
  return statement
}

/**
 * A Statement's own methods are no property of its class, and all of them call its native part's. `iterate` steps to the
 * first row, and by then a statement that changes rows has changed them all (https://sqlite.org/lang_returning.html).
 */
function patchStatement(methods: object): void {
  statements.patch(methods, ['run', 'get', 'all', 'values', 'raw', 'iterate'])
}
