import { observationFor, observationOf, observationOfText } from '../observations.ts'
import { patchMethod } from '../patched-method.ts'
import { kindOfSql } from '../statement-kind.ts'
import type { BetterSqlite3Database } from './database.ts'
import { observeStatement } from './statement.ts'
import { patchTransaction } from './transaction.ts'

/** The methods of a class's prototype, or the exports of better-sqlite3/lib/methods/wrappers.js, which become them. */
export type BetterSqlite3Methods = Pick<BetterSqlite3Database, 'prepare' | 'exec' | 'close'>

export type Pragma = (...args: unknown[]) => unknown

/** Statements and texts of connections without observation pass through at the cost of one lookup. */
export function patchBetterSqlite3(given: BetterSqlite3Methods): void {
  const methods = given as BetterSqlite3Database
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['prepare']>(methods, 'prepare', (prepare) => {
    return function (sql) {
      const observation = observationFor(this)
      if (observation === undefined) return prepare.call(this, sql)
      const statement = observation.prepare(sql, () => prepare.call(this, sql))
      observeStatement(statement, observation)
      return statement
    }
  })
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['exec']>(methods, 'exec', (exec) => {
    return function (sql) {
      const observation = observationOfText(this, sql)
      return observation === undefined ? exec.call(this, sql) : observation.exec(sql, (text) => exec.call(this, text))
    }
  })
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['close']>(methods, 'close', (close) => {
    return function () {
      observationOf(this)?.close()
      return close.call(this)
    }
  })
  patchMethod(methods, 'pragma', patchPragma)
  patchMethod(methods, 'transaction', patchTransaction)
}

/** It prepares its statement past `prepare`, and may drop what is temporary, the triggers too. */
export function patchPragma(pragma: Pragma): Pragma {
  return function (this: BetterSqlite3Database, ...args) {
    const original = () => pragma.apply(this, args)
    const observation = typeof args[0] === 'string' ? observationOf(this) : undefined
    return observation === undefined ? original() : observation.around(kindOfSql(`PRAGMA ${args[0]}`), original)
  }
}
