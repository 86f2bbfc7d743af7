import { reason, warnOnce } from '../base/diagnose.ts'
import type { Connection } from '../sqlite/connection.ts'
import { isPassing } from './fault.ts'
import type { OwnStatements } from './own-statements.ts'

/**
 * Looks once whether an earlier process has left pending rows in the file. This process may only read, and so never wake
 * the relay by a change.
 */
export class PendingLookup {
  readonly #database: Connection
  readonly #own: OwnStatements
  readonly #look: () => void
  #done = false

  /** @param look Wakes the relay where rows are pending; throws what SQLite says. */
  constructor(database: Connection, own: OwnStatements, look: () => void) {
    this.#database = database
    this.#own = own
    this.#look = look
  }

  /** Nothing more to look for: the relay knows the outbox, or the observation is closed. */
  end(): void {
    this.#done = true
  }

  /** As soon as no transaction is in the way. Never throws. @returns whether there is nothing more to look for. */
  run(): boolean {
    if (this.#done || !this.#database.open) return true
    if (this.#database.inTransaction) return false
    try {
      this.#own.quietly(this.#look)
      this.#done = true
    } catch (error) {
      const { name } = this.#database
      this.#done = !isPassing(error)
      if (this.#done)
        warnOnce(
          'look',
          `looking for rows that an earlier process left in ${name} failed, so they stay pending: ${reason(error)}; to deliver them, run goaltrace relay`,
        )
    }
    return this.#done
  }
}
