/** What goaltrace does on a connection of the agent's, in the words of better-sqlite3 (8 to 13), whose databases are one. */
export interface Connection {
  readonly name: string
  readonly open: boolean
  readonly inTransaction: boolean
  readonly readonly: boolean
  readonly memory: boolean
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
