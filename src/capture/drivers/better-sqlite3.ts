import type { BetterSqlite3Database, BetterSqlite3Statement } from '../database.ts'
import { isPatched, observationFor, observationOf, patchMethod } from '../observers.ts'

/** What is asked of a class's prototype, or of the exports of better-sqlite3/lib/methods/wrappers.js, which become it. */
export type BetterSqlite3Methods = Pick<BetterSqlite3Database, 'prepare' | 'exec' | 'close'>

type Method = (...args: unknown[]) => unknown
type Iterate = (...args: unknown[]) => IterableIterator<unknown>

/** Statements and texts of connections without observation pass through at the cost of one look-up. */
export function patchBetterSqlite3(given: BetterSqlite3Methods): void {
  const methods = given as BetterSqlite3Database
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['prepare']>(methods, 'prepare', (prepare) => {
    return function (sql) {
      const observation = observationFor(this)
      if (observation === undefined) return prepare.call(this, sql)
      const statement = observation.prepare(sql, () => prepare.call(this, sql))
      patchStatement(Object.getPrototypeOf(statement))
      return statement
    }
  })
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['exec']>(methods, 'exec', (exec) => {
    return function (sql) {
      // What is no text is refused by the driver, in its own words.
      const observation = typeof sql === 'string' ? observationFor(this) : undefined
      return observation === undefined ? exec.call(this, sql) : observation.exec(sql, () => exec.call(this, sql))
    }
  })
  patchMethod<BetterSqlite3Database, BetterSqlite3Database['close']>(methods, 'close', (close) => {
    return function () {
      observationOf(this)?.close()
      return close.call(this)
    }
  })
}

/** How database.pragma() begins its statements, which all claim to give rows. What gives none may change a setting. */
const PRAGMA = 'PRAGMA '

function patchStatement(methods: BetterSqlite3Statement): void {
  if (isPatched(methods.run)) return
  for (const name of ['run', 'get', 'all'] as const) {
    patchMethod<BetterSqlite3Statement, Method>(methods, name, (original) => {
      return function (...args) {
        if (this.readonly && this.reader && !this.source.startsWith(PRAGMA)) return original.apply(this, args)
        const observation = observationOf(this.database)
        return observation === undefined ? original.apply(this, args) : observation.write(this, original, args)
      }
    })
  }
  patchMethod<BetterSqlite3Statement, Iterate>(methods, 'iterate', (iterate) => {
    return function (...args) {
      const start = () => iterate.apply(this, args)
      const observation = this.readonly ? undefined : observationOf(this.database)
      return observation === undefined ? start() : observation.iterate(this, start)
    }
  })
}
