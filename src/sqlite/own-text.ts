/**
 * What goaltrace itself asks of one connection, by which the patched methods know its statements from the agent's. A flag would
 * not do: V8 may end the code that has set it before it is reset, as the `timeout` of node:vm does, which runs no `finally`.
 */
export class OwnText {
  #latest: string | undefined
  readonly #statements = new WeakSet<object>()

  /** goaltrace is about to prepare or run this. @returns the same. */
  next(sql: string): string {
    this.#latest = sql
    return sql
  }

  /** Whether this is what came last, with what a library that wraps the driver may have added, as a comment. */
  is(sql: string): boolean {
    return this.#latest !== undefined && sql.includes(this.#latest)
  }

  /** @param statement The driver's own object. @returns the same. */
  add<T>(statement: T): T {
    this.#statements.add(statement as object)
    return statement
  }

  has(statement: object): boolean {
    return this.#statements.has(statement)
  }
}
