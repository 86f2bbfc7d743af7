import { createRequire } from 'node:module'

/** The part of a Database of bun:sqlite that is observed. Structural, so that users need no types of Bun's. */
export interface BunSqliteDatabase {
  readonly filename: string
  readonly inTransaction: boolean
  // biome-ignore lint/suspicious/noExplicitAny: the parameters and the statement are the driver's own
  prepare(sql: string, ...more: any[]): any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  query(sql: string): any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  run(sql: string, ...more: any[]): any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  exec(sql: string, ...more: any[]): any
  close(throwOnError?: boolean): unknown
  // biome-ignore lint/suspicious/noExplicitAny: a SQL function takes whatever the SQL gives it
  function(name: string, options: object, fn: (...args: any[]) => any): unknown
}

export interface BunSqliteStatement {
  /** What runs it: the same object for a statement each time. */
  readonly native: object
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint }
  safeIntegers(on: boolean): this
}

export interface BunSqlite {
  readonly Database: (new (file: string, options: object) => BunSqliteDatabase) & { prototype: BunSqliteDatabase }
}

/** @throws where this process is not Bun. */
export function loadBunSqlite(): BunSqlite {
  return createRequire(import.meta.url)('bun:sqlite')
}

/** The first Bun whose bun:sqlite has SQL functions, by which a trigger asks who makes a change. */
export const FITTING = 'Bun 1.4.4 or newer'

/** @param methods A Database, or its class's prototype. */
export function hasSqlFunctions(methods: object): boolean {
  return typeof (methods as Partial<BunSqliteDatabase>).function === 'function'
}
