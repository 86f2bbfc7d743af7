import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { Statement } from '../connection.ts'
import { plainValue } from '../plain-value.ts'

type Row = Record<string, unknown>

/** A StatementSync in the words of better-sqlite3. */
export class NodeSqliteStatement implements Statement {
  readonly #statement: StatementSync
  #safeIntegers = false
  #plucks = false

  constructor(statement: StatementSync) {
    // As numbers, integers from 2^53 would throw.
    statement.setReadBigInts(true)
    statement.setReturnArrays(false)
    this.#statement = statement
  }

  run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint } {
    const { changes, lastInsertRowid } = this.#statement.run(...bound(parameters))
    return {
      changes: Number(changes),
      lastInsertRowid: this.#safeIntegers ? lastInsertRowid : Number(lastInsertRowid),
    }
  }

  get(...parameters: unknown[]): unknown {
    const row = this.#statement.get(...bound(parameters))
    return row === undefined ? undefined : this.#read(row)
  }

  all(...parameters: unknown[]): unknown[] {
    const rows = this.#statement.all(...bound(parameters))
    return this.#safeIntegers && !this.#plucks ? rows : rows.map((row) => this.#read(row))
  }

  *iterate(...parameters: unknown[]): Generator<unknown> {
    for (const row of this.#statement.iterate(...bound(parameters))) yield this.#read(row)
  }

  safeIntegers(on = true): this {
    this.#safeIntegers = on
    return this
  }

  /** Rows as arrays. */
  raw(): this {
    this.#statement.setReturnArrays(true)
    return this
  }

  /** Of each row its first value. */
  pluck(): this {
    this.#plucks = true
    return this.raw()
  }

  #read(row: Row): unknown {
    if (!this.#safeIntegers) for (const column in row) row[column] = plainValue(row[column])
    return this.#plucks ? row[0] : row
  }
}

/** Parameters may come in arrays. */
function bound(parameters: unknown[]): SQLInputValue[] {
  for (const one of parameters) {
    if (typeof one === 'object' && Array.isArray(one)) return parameters.flat() as SQLInputValue[]
  }
  return parameters as SQLInputValue[]
}
