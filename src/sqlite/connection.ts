import type { OwnText } from './own-text.ts'

/** Where an adapter has the driver's own database. */
export const ADAPTED = Symbol('goaltrace.adapted')

/**
 * What goaltrace does on a connection of the agent's, in the words of better-sqlite3. The agent's own statements do not
 * pass it.
 */
export interface Connection {
  readonly [ADAPTED]?: object
  /** Undefined where nobody observes it, as of goaltrace's own files. */
  readonly ownText?: OwnText
  readonly name: string
  readonly open: boolean
  readonly inTransaction: boolean
  readonly readonly: boolean
  readonly memory: boolean
  /** Whether its driver has no SQL functions: such a connection is never an agent's that is observed. */
  readonly lacksFunctions?: boolean
  prepare(sql: string): Statement
  exec(sql: string): unknown
  // biome-ignore lint/suspicious/noExplicitAny: a SQL function takes whatever the SQL gives it
  function(name: string, options: FunctionOptions, fn: (...args: any[]) => unknown): unknown
}

export interface FunctionOptions {
  readonly directOnly: boolean
  readonly varargs: boolean
  /** Whether integers are given as bigints; else as Statement#safeIntegers has them. */
  readonly safeIntegers: boolean
}

export interface Statement {
  run(...parameters: unknown[]): unknown
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  /** Whether integers are read as bigints; else they are numbers, of which those from 2^53 are the nearest. */
  safeIntegers(on: boolean): this
}

/** The driver's own object behind a connection: what the agent has, and what is observed. */
export function databaseOf(connection: object): object {
  return (connection as Connection)[ADAPTED] ?? connection
}

/** The rows of a query, with integers as numbers. */
export function rows(database: Connection, sql: string, ...parameters: unknown[]): Record<string, unknown>[] {
  return database
    .prepare(sql)
    .safeIntegers(false)
    .all(...parameters) as Record<string, unknown>[]
}
