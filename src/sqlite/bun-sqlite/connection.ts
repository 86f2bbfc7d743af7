import { ADAPTED, type Connection, type FunctionOptions, type Statement } from '../connection.ts'
import { ignoreConnection } from '../observations.ts'
import type { OpenDatabase } from '../open-database.ts'
import { OwnText } from '../own-text.ts'
import { plainValue } from '../plain-value.ts'
import { type BunSqliteDatabase, type BunSqliteStatement, hasSqlFunctions, loadBunSqlite } from './database.ts'

/** A Database of bun:sqlite in the words of better-sqlite3. */
export class BunSqliteConnection implements Connection {
  readonly [ADAPTED]: BunSqliteDatabase
  readonly ownText = new OwnText()
  readonly #database: BunSqliteDatabase
  /** The class's own methods, whatever a subclass does. */
  readonly #methods = loadBunSqlite().Database.prototype
  /** It cannot be asked for; a write to a read-only file fails anyway. */
  readonly readonly = false

  constructor(database: BunSqliteDatabase) {
    this.#database = database
    this[ADAPTED] = database
  }

  get name(): string {
    return this.memory ? ':memory:' : this.#database.filename
  }

  get lacksFunctions(): boolean {
    return !hasSqlFunctions(this.#methods)
  }

  get open(): boolean {
    return isOpen(this.#database)
  }

  get inTransaction(): boolean {
    return this.open && this.#database.inTransaction
  }

  get memory(): boolean {
    return this.#database.filename === '' || this.#database.filename === ':memory:'
  }

  prepare(sql: string): BunStatement {
    return new BunStatement(this.#methods.prepare.call(this.#database, this.ownText.next(sql)))
  }

  exec(sql: string): void {
    this.#methods.run.call(this.#database, this.ownText.next(sql))
  }

  function(name: string, { directOnly, varargs, safeIntegers }: FunctionOptions, fn: () => unknown): void {
    const read = safeIntegers ? (value: unknown) => (typeof value === 'bigint' ? value : plainValue(value)) : plainValue
    const called = (...args: unknown[]) => fn(...(args.map(read) as []))
    this.#methods.function.call(this.#database, name, { directOnly, varargs, safeIntegers: true }, called)
  }

  close(): void {
    this.#database.close()
  }
}

/** It does not say, but a closed one can be asked for nothing. */
function isOpen(database: BunSqliteDatabase): boolean {
  try {
    return typeof database.inTransaction === 'boolean'
  } catch {
    return false
  }
}

/** A Statement of bun:sqlite in the words of better-sqlite3. */
class BunStatement implements Statement {
  readonly #statement: BunSqliteStatement
  #safeIntegers = false

  constructor(statement: BunSqliteStatement) {
    // As numbers, integers from 2^53 would be cut off to the integer below.
    this.#statement = statement.safeIntegers(true)
  }

  run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint } {
    const { changes, lastInsertRowid } = this.#statement.run(...parameters)
    return { changes, lastInsertRowid: this.#safeIntegers ? lastInsertRowid : Number(lastInsertRowid) }
  }

  get(...parameters: unknown[]): unknown {
    return this.#read(this.#statement.get(...parameters) ?? undefined)
  }

  all(...parameters: unknown[]): unknown[] {
    return this.#statement.all(...parameters).map((row) => this.#read(row))
  }

  safeIntegers(on = true): this {
    this.#safeIntegers = on
    return this
  }

  #read(row: unknown): unknown {
    if (!this.#safeIntegers && row !== undefined) {
      const values = row as Record<string, unknown>
      for (const column in values) values[column] = plainValue(values[column])
    }
    return row
  }
}

/** Opens files as better-sqlite3 does. */
export const openBunSqlite = class {
  constructor(file: string, { fileMustExist, readonly, timeout }: ConstructorParameters<OpenDatabase>[1]) {
    const how = readonly ? { readonly } : { readwrite: true, create: !fileMustExist }
    const database = new (loadBunSqlite().Database)(file, how)
    // Before its first statement, which would be offered to whoever observes all connections.
    ignoreConnection(database)
    const connection = new BunSqliteConnection(database)
    connection.exec(`PRAGMA busy_timeout = ${timeout}`)
    // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
    return connection
  }
} as unknown as OpenDatabase
