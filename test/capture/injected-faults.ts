import { DatabaseSync } from 'node:sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { observationOf } from '../../src/sqlite/observations.ts'
import { isNodeSqlite } from './observed-goals.ts'

/** What SQLite's own faults are called and numbered (https://sqlite.org/rescode.html), and what they say. */
export const FAULTS = {
  'a full disk': ['SQLITE_FULL', 13, 'database or disk is full'],
  'a damaged file': ['SQLITE_CORRUPT', 11, 'database disk image is malformed'],
  'a lock': ['SQLITE_BUSY', 5, 'database is locked'],
  'a file that may only be read': ['SQLITE_READONLY', 8, 'attempt to write a readonly database'],
  'an interruption': ['SQLITE_INTERRUPT', 9, 'interrupted'],
  'no memory': ['SQLITE_NOMEM', 7, 'out of memory'],
  'a fault of the disk': ['SQLITE_IOERR_READ', 266, 'disk I/O error'],
  'a file that cannot be opened': ['SQLITE_CANTOPEN', 14, 'unable to open database file'],
  'no authority': ['SQLITE_AUTH', 23, 'not authorized'],
} as const

export type Fault = keyof typeof FAULTS

/** As the driver makes it. */
export function errorOf(fault: Fault): Error {
  const [code, errcode, message] = FAULTS[fault]
  if (!isNodeSqlite) return new BetterSqlite3.SqliteError(message, code)
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode, errstr: message })
}

type Methods = Record<'run' | 'get' | 'all', (...args: unknown[]) => unknown>

type Fails = (n: number, sql: string) => Error | undefined

let seen = 0
let failing: Fails | undefined

/**
 * Under goaltrace's patches: every statement of goaltrace's own, at its compilation and at its run, may fail.
 * To be called before anything is observed.
 */
export function injectFaults(): void {
  const methods = (isNodeSqlite ? DatabaseSync : BetterSqlite3).prototype as unknown as {
    prepare(sql: string): Methods
    exec(sql: string): unknown
  }
  const { prepare, exec } = methods
  const step = (sql: string) => {
    const error = failing?.(++seen, sql)
    if (error !== undefined) throw error
  }
  methods.prepare = function (sql) {
    const own = observationOf(this as never)?.own
    if (!own) return prepare.call(this, sql)
    step(sql)
    const statement = prepare.call(this, sql)
    for (const name of ['run', 'get', 'all'] as const) {
      const original = statement[name]
      Object.defineProperty(statement, name, {
        value(...args: unknown[]) {
          step(sql)
          return original.apply(this, args)
        },
      })
    }
    return statement
  }
  methods.exec = function (sql) {
    if (observationOf(this as never)?.own) step(sql)
    return exec.call(this, sql)
  }
}

/** Runs with faults. @returns how many steps of goaltrace's own there were. */
export function withFaults(fails: Fails, run: () => void): number {
  seen = 0
  failing = fails
  try {
    run()
    return seen
  } finally {
    failing = undefined
  }
}
