import { type Connection, rows } from '../sqlite/connection.ts'

/** goaltrace's own statements on a connection of the agent's, whose methods are patched for the agent's. */
export class OwnStatements {
  readonly #database: Connection
  #running = false
  /** What has failed last, and was done without. */
  #fault: unknown

  constructor(database: Connection) {
    this.#database = database
  }

  /** Whether one runs now. */
  get running(): boolean {
    return this.#running
  }

  /**
   * @throws where a fault of the disk has taken the agent's whole transaction back, though what has failed was done without
   * (https://sqlite.org/lang_transaction.html): the agent's next statement must not run, and be committed, outside of it.
   */
  run<T>(statements: () => T): T {
    const before = this.#running
    const { inTransaction } = this.#database
    this.#running = true
    try {
      const result = statements()
      if (inTransaction && !this.#database.inTransaction) throw this.#fault ?? new Error('disk I/O error')
      return result
    } finally {
      this.#running = before
      this.#fault = undefined
    }
  }

  /** Undefined where it does not tell, as where the agent's own log of statements throws. */
  pragma(setting: string): unknown {
    return this.run(() => {
      try {
        return Object.values(rows(this.#database, `PRAGMA ${setting}`)[0] ?? {})[0]
      } catch (error) {
        this.#fault = error
        return undefined
      }
    })
  }

  /** Runs with another busy timeout, in milliseconds, than the agent's, which is given; with the agent's where that is not known. */
  withTimeout<T>(timeoutMs: (before: number) => number, run: () => T): T {
    const before = this.pragma('busy_timeout')
    if (typeof before !== 'number') return run()
    this.#setTimeout(Math.max(0, Math.floor(timeoutMs(before))))
    try {
      return run()
    } finally {
      // Without it the agent's next statement would fail where it waits: tried again, as memory may be short for once.
      if (this.#database.open && !this.#setTimeout(before)) this.#setTimeout(before)
    }
  }

  /** @returns whether it is set. */
  #setTimeout(ms: number): boolean {
    return this.pragma(`busy_timeout = ${ms}`) === ms
  }
}
