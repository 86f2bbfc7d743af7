import { ADAPTED, type Connection, type FunctionOptions, type Statement } from '../connection.ts'
import { OwnText } from '../own-text.ts'
import { ownerOf } from '../patched-method.ts'
import type { BetterSqlite3Database } from './database.ts'

/** A database of better-sqlite3, with what goaltrace runs on it noted. */
export class BetterSqlite3Connection implements Connection {
  readonly [ADAPTED]: BetterSqlite3Database
  readonly ownText = new OwnText()
  readonly #database: BetterSqlite3Database
  /** Of the driver's class, whatever one that extends it does. */
  readonly #methods: BetterSqlite3Database

  constructor(database: BetterSqlite3Database) {
    this.#database = database
    this[ADAPTED] = database
    this.#methods = ownerOf(database, 'prepare')
  }

  get name(): string {
    return this.#database.name
  }

  get open(): boolean {
    return this.#database.open
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  get readonly(): boolean {
    return this.#database.readonly
  }

  get memory(): boolean {
    return this.#database.memory
  }

  prepare(sql: string): Statement {
    return this.#methods.prepare.call(this.#database, this.ownText.next(sql))
  }

  exec(sql: string): void {
    this.#methods.exec.call(this.#database, this.ownText.next(sql))
  }

  function(name: string, options: FunctionOptions, fn: (...args: unknown[]) => unknown): void {
    this.#database.function(name, options, fn)
  }
}
