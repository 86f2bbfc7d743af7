import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { ADAPTED, type Connection, type FunctionOptions } from '../connection.ts'
import type { OpenDatabase } from '../open-database.ts'
import { OwnText } from '../own-text.ts'
import { plainValue } from '../plain-value.ts'
import { NodeSqliteStatement } from './statement.ts'
import { loadNodeSqlite } from './version.ts'

/** The part of a node:sqlite DatabaseSync that is observed. Structural, so that users need no `@types/node`. */
export interface NodeSqliteDatabase {
  readonly isOpen: boolean
  readonly isTransaction: boolean
  location(): string | null
  // biome-ignore lint/suspicious/noExplicitAny: the parameters are the driver's own
  prepare(sql: string, ...options: any[]): any
  exec(sql: string): unknown
  close(): unknown
  // biome-ignore lint/suspicious/noExplicitAny: a SQL function takes whatever the SQL gives it
  function(name: string, options: object, fn: (...args: any[]) => any): unknown
}

/** A DatabaseSync in the words of better-sqlite3. */
export class NodeSqliteConnection implements Connection {
  readonly [ADAPTED]: DatabaseSync
  readonly ownText = new OwnText()
  readonly #database: DatabaseSync
  /** The class's own methods, whatever a subclass does. */
  readonly #methods = loadNodeSqlite().DatabaseSync.prototype
  #location: string | null | undefined
  /** It cannot be asked for; a write to a read-only file fails anyway. */
  readonly readonly = false

  constructor(database: NodeSqliteDatabase) {
    this.#database = database as unknown as DatabaseSync
    this[ADAPTED] = this.#database
  }

  get name(): string {
    return this.#file ?? ':memory:'
  }

  get open(): boolean {
    return this.#database.isOpen
  }

  get inTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction
  }

  get memory(): boolean {
    return this.#file === null
  }

  /** Undefined where it has never been open. Once it is closed, it does not say. */
  get #file(): string | null | undefined {
    if (this.open) this.#location = this.#database.location()
    return this.#location
  }

  prepare(sql: string): NodeSqliteStatement {
    return new NodeSqliteStatement(this.#methods.prepare.call(this.#database, this.ownText.next(sql)))
  }

  exec(sql: string): void {
    this.#methods.exec.call(this.#database, this.ownText.next(sql))
  }

  function(name: string, { directOnly, varargs, safeIntegers }: FunctionOptions, fn: () => unknown): void {
    // As a number, an integer from 2^53 would throw within the agent's statement.
    const options = { directOnly, varargs, useBigIntArguments: true }
    const read = safeIntegers ? (value: unknown) => (typeof value === 'bigint' ? value : plainValue(value)) : plainValue
    const called = (...args: unknown[]) => fn(...(args.map(read) as []))
    Reflect.apply(this.#methods.function, this.#database, [name, options, called])
  }

  close(): void {
    this.#database.close()
  }

  pragma(sql: string, { simple = false } = {}): unknown {
    const statement = this.prepare(`PRAGMA ${sql}`)
    return simple ? statement.pluck().get() : statement.all()
  }

  /** A function that runs in its own transaction, begun as its name says. */
  transaction<Args extends unknown[], Result>(run: (...args: Args) => Result) {
    const begun =
      (begin: string) =>
      (...args: Args): Result => {
        this.exec(begin)
        try {
          const result = run(...args)
          this.exec('COMMIT')
          return result
        } catch (error) {
          // Some errors have rolled back already (https://sqlite.org/lang_transaction.html).
          if (this.inTransaction) this.exec('ROLLBACK')
          throw error
        }
      }
    return Object.assign(begun('BEGIN'), { immediate: begun('BEGIN IMMEDIATE') })
  }
}

/** Opens files as better-sqlite3 does. */
export const openNodeSqlite = class {
  constructor(file: string, { fileMustExist, readonly, timeout }: ConstructorParameters<OpenDatabase>[1]) {
    const path = fileMustExist ? new URL(`${pathToFileURL(file)}?mode=${readonly ? 'ro' : 'rw'}`) : file
    const database = new (loadNodeSqlite().DatabaseSync)(path, { readOnly: readonly ?? false, timeout })
    // biome-ignore lint/correctness/noConstructorReturn: the connection itself is wanted
    return new NodeSqliteConnection(database)
  }
} as unknown as OpenDatabase
