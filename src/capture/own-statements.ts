import { type Connection, rows } from '../sqlite/connection.ts'
import { OWN_SAVEPOINT } from '../sqlite/own-names.ts'
import { Unfinished } from './unfinished.ts'

/** goaltrace's own statements on the agent's connection, whose patched methods let them pass. */
export class OwnStatements {
  readonly #database: Connection
  readonly #unfinished = new Unfinished()
  #running = false
  /** The last failure of a statement that goaltrace does without. */
  #fault: unknown

  constructor(database: Connection) {
    this.#database = database
  }

  /** Whether one runs now, or V8 has ended it since the agent's last statement. */
  get running(): boolean {
    return this.#running
  }

  /** Whether something of goaltrace's is under way, or was ended by V8. */
  get unfinished(): boolean {
    return this.#unfinished.any
  }

  /** As `try … finally`; see Unfinished. */
  finally<T>(run: () => T, after: () => void): T {
    return this.#unfinished.finally(run, after)
  }

  /** Whether a text is goaltrace's. If it is the agent's, V8 has ended what goaltrace has not finished: that is done first. */
  passes(sql: string): boolean {
    return this.#passes(this.#database.ownText?.is(sql) ?? this.#running)
  }

  /** The same of a statement. */
  passesStatement(statement: object): boolean {
    return this.#passes(this.#database.ownText?.has(statement) ?? this.#running)
  }

  #passes(isOwn: boolean): boolean {
    if (isOwn) return true
    this.finish()
    return false
  }

  /** Called when the agent's code runs again: finishes what V8 has ended. */
  finish(): void {
    if (this.#unfinished.any) this.#unfinished.finish()
  }

  /** A statement that goaltrace has prepared. */
  add<T>(statement: T): T {
    return this.#database.ownText?.add(statement) ?? statement
  }

  /**
   * @throws where a fault of the disk has rolled back the agent's whole transaction (https://sqlite.org/lang_transaction.html),
   * even if goaltrace does without what failed: the agent's next statement must not run, and be committed, outside of it.
   */
  run<T>(statements: () => T): T {
    const before = this.#running
    const { inTransaction } = this.#database
    return this.#unfinished.finally(
      () => {
        this.#running = true
        const result = statements()
        if (inTransaction && !this.#database.inTransaction) throw this.#fault ?? new Error('disk I/O error')
        return result
      },
      (ended) => {
        try {
          if (ended) this.#takeBack(inTransaction)
        } finally {
          this.#running = before
          this.#fault = undefined
        }
      },
    )
  }

  /** A transaction of goaltrace's own that V8 has left open: the agent's next changes would be rolled back with it. */
  #takeBack(inAgents: boolean): void {
    if (!this.#database.open || !this.#database.inTransaction) return
    this.#running = true
    this.#database.exec(inAgents ? `ROLLBACK TO ${OWN_SAVEPOINT}; RELEASE ${OWN_SAVEPOINT}` : 'ROLLBACK')
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
    const wanted = Math.max(0, Math.floor(timeoutMs(before)))
    if (wanted === before) return run()
    return this.finally(
      () => {
        this.#setTimeout(wanted)
        return run()
      },
      () => {
        // Without it the agent's next statement would fail instead of waiting: tried again, as memory may be short just once.
        if (this.#database.open && !this.#setTimeout(before)) this.#setTimeout(before)
      },
    )
  }

  /**
   * By `exec`, which takes a tenth of the time of a statement that has to be prepared; by such a one where better-sqlite3
   * refuses that, as while the agent iterates over rows.
   * @returns whether it is set.
   */
  #setTimeout(ms: number): boolean {
    const setting = `busy_timeout = ${ms}`
    const isSet = this.run(() => {
      try {
        this.#database.exec(`PRAGMA ${setting}`)
        return true
      } catch {
        return false
      }
    })
    return isSet || this.pragma(setting) === ms
  }
}
