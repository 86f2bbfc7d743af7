/** The subset of better-sqlite3 (8 to 13) that is observed. Structural, so that its types are nobody's dependency. */
export interface ObservableDatabase {
  readonly name: string
  readonly open: boolean
  readonly inTransaction: boolean
  readonly readonly: boolean
  readonly memory: boolean
  prepare(sql: string): ObservableStatement
  exec(sql: string): unknown
  close(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: a SQL function takes whatever the SQL gives it
  function(name: string, options: FunctionOptions, fn: (...args: any[]) => unknown): unknown
}

interface FunctionOptions {
  readonly directOnly: boolean
  readonly varargs: boolean
  readonly safeIntegers: boolean
}

export interface ObservableStatement {
  readonly source: string
  readonly readonly: boolean
  /** Whether it gives rows. */
  readonly reader: boolean
  readonly database: ObservableDatabase
  run(...args: unknown[]): unknown
  get(...args: unknown[]): unknown
  all(...args: unknown[]): unknown[]
  iterate(...args: unknown[]): IterableIterator<unknown>
  safeIntegers(on: boolean): this
}
