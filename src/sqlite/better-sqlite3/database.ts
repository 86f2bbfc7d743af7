import type { FunctionOptions, Statement } from '../connection.ts'

/** The part of better-sqlite3 that is observed. Structural, so that users need not install its types. */
export interface BetterSqlite3Database {
  readonly name: string
  readonly open: boolean
  readonly inTransaction: boolean
  readonly readonly: boolean
  readonly memory: boolean
  prepare(sql: string): BetterSqlite3Statement
  exec(sql: string): unknown
  // biome-ignore lint/suspicious/noExplicitAny: a SQL function takes whatever the SQL gives it
  function(name: string, options: FunctionOptions, fn: (...args: any[]) => unknown): unknown
  close(): unknown
}

export interface BetterSqlite3Statement extends Statement {
  readonly source: string
  readonly readonly: boolean
  /** Whether it gives rows. */
  readonly reader: boolean
  readonly database: BetterSqlite3Database
  iterate(...args: unknown[]): IterableIterator<unknown>
}

/** Whether this is a connection with what is used of better-sqlite3, whichever class made it: a fork's, or the agent's own. */
export function isBetterSqlite3(value: object): value is BetterSqlite3Database {
  const { prepare, exec, function: define, open } = value as Record<string, unknown>
  const methods = [prepare, exec, define].every((method) => typeof method === 'function')
  // A getter of a class that extends another driver's may throw once that is closed: it is not read.
  return methods && typeof open === 'boolean' && 'inTransaction' in value
}
