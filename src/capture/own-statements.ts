import { type Connection, rows } from '../sqlite/connection.ts'

/** goaltrace's own statements on the agent's connection, whose patched methods let them pass. */
export class OwnStatements {
  readonly #database: Connection
  #running = false
  /** The last failure of a statement that goaltrace does without. */
  #fault: unknown

  constructor(database: Connection) {
    this.#database = database
  }

  /** Whether one runs now. */
  get running(): boolean {
    return this.#running
  }

  /**
   * @throws where a fault of the disk has rolled back the agent's whole transaction (https://sqlite.org/lang_transaction.html),
   * even if goaltrace does without what failed: the agent's next statement must not run, and be committed, outside of it.
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

  /**
   * Runs goaltrace's own statements between two of the agent's.
   * @throws what took the agent's whole transaction back; see `run`.
   */
  step(statements: () => void, failed: (error: unknown) => void): void {
    const { inTransaction } = this.#database
    this.run(() => {
      try {
        statements()
      } catch (error) {
        failed(error)
        if (inTransaction && !this.#database.inTransaction) throw error
      }
    })
  }

  /** The same as `run`, without waiting for locks. */
  quietly<T>(statements: () => T): T {
    return this.withoutWaiting(() => this.run(statements))
  }

  /** Undefined where it cannot be read, as where the agent's own log of statements throws. */
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

  /** Fails at once where another connection holds the lock. */
  withoutWaiting<T>(run: () => T): T {
    return this.withTimeout(() => 0, run)
  }

  /** Runs with a busy timeout, in milliseconds, made of the agent's; with the agent's where that is not known. */
  withTimeout<T>(timeoutMs: (before: number) => number, run: () => T): T {
    const before = this.pragma('busy_timeout')
    if (typeof before !== 'number') return run()
    this.#setTimeout(Math.max(0, Math.floor(timeoutMs(before))))
    try {
      return run()
    } finally {
      // Without it the agent's next statement would fail instead of waiting: tried again, as memory may be short just once.
      if (this.#database.open && !this.#setTimeout(before)) this.#setTimeout(before)
    }
  }

  /** @returns whether it is set. */
  #setTimeout(ms: number): boolean {
    return this.pragma(`busy_timeout = ${ms}`) === ms
  }
}
