import type { Connection } from '../sqlite/connection.ts'
import type { Attacher } from './attacher.ts'
import type { ChangeRecorder } from './change-recorder.ts'
import { isOfSchema, isOurs } from './fault.ts'

/** Runs the agent's statements so that a fault of goaltrace's triggers and outbox does not reach the agent. */
export class FaultRecovery {
  readonly #database: Connection
  readonly #attacher: Attacher
  readonly #recorder: ChangeRecorder

  constructor(database: Connection, attacher: Attacher, recorder: ChangeRecorder) {
    this.#database = database
    this.#attacher = attacher
    this.#recorder = recorder
  }

  /**
   * @param repeatable Whether it is one statement, which undoes itself where it fails.
   * @param again Runs it once more.
   */
  run<T>(run: () => T, repeatable: boolean, again = run): T {
    if (!this.#attacher.state.mayStand) return run()
    const { inTransaction } = this.#database
    this.#recorder.statementStarts(inTransaction, repeatable)
    try {
      const result = run()
      this.#recorder.usage.end()
      return result
    } catch (error) {
      return this.recover(error, again, repeatable && this.#database.inTransaction === inTransaction)
    }
  }

  /**
   * After a statement that failed because of goaltrace's trigger or outbox: once more with triggers for the schema as it
   * is now, else without any. A failed statement has undone itself (https://sqlite.org/lang_transaction.html), so
   * running it again is running it once.
   * @throws the error of a statement that is the agent's own fault, or cannot run again.
   */
  recover<T>(error: unknown, again: () => T, repeatable: boolean): T {
    this.#recorder.usage.forget()
    if (!isOurs(error)) throw error
    const attacher = this.#attacher
    attacher.remove()
    attacher.state.outdated()
    if (!isOfSchema(error)) attacher.check.note('suspect')
    if (!repeatable) {
      attacher.report(error)
      throw error
    }
    if (isOfSchema(error)) {
      attacher.install()
      try {
        return again()
      } catch (second) {
        if (!isOurs(second)) throw second
        attacher.remove()
      }
    }
    // Where this fails too, the fault is the agent's own.
    const result = again()
    attacher.pause(error)
    return result
  }
}
