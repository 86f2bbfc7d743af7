import { reason, warnOnce } from '../base/diagnose.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import type { CheckpointStore, DeadLetter } from './checkpoint-store.ts'
import { Outbox, plain } from './outbox.ts'
import { copyOutbox } from './outbox-copy.ts'
import type { Readable } from './outbox-state.ts'

/**
 * An outbox that only its own connection sees, in a database in memory or a TEMP table, and that goes with it. So it is
 * read on that connection, between its transactions.
 */
export class ConnectionOutbox {
  readonly outbox: Outbox
  readonly checkpoints: CheckpointStore
  readonly #connection: Connection
  readonly #open: OpenDatabase | undefined
  /** What was pending when the connection was closed. */
  #kept: Readable | undefined
  #checkpoint: Checkpoint = NOTHING_DELIVERED

  /** @param open For what is to outlive the connection, within this process. */
  constructor(connection: Connection, open?: OpenDatabase) {
    this.#connection = connection
    this.#open = open
    this.outbox = new Outbox((read) => {
      if (!connection.open) return this.#kept && read(this.#kept)
      if (connection.inTransaction) throw new Error(`${connection.name} is in a transaction`)
      return read(plain(connection))
    })
    const letters: DeadLetter[] = []
    const kept = new Map<string, string>()
    this.checkpoints = {
      read: () => this.#checkpoint,
      begin: (pending) => pending(this.#checkpoint),
      openGoalOf: (key) => kept.get(key),
      write: (checkpoint, openGoals = []) => {
        this.#checkpoint = checkpoint
        for (const [key, goal] of openGoals) goal === null ? kept.delete(key) : kept.set(key, goal)
      },
      // Nothing of it outlives the process.
      unsentSpans: () => [],
      keepSpans: () => {},
      setAside: (letter) => void letters.push(letter),
      deadLetters: () => letters,
      close: () => {},
    }
  }

  /** A copy of what is pending, for when the connection is closed. What is in a transaction then is rolled back with it. */
  keep(): void {
    try {
      this.#copy()
    } catch (error) {
      const why = `what is pending in ${this.#connection.name} is lost with it, since reading it failed`
      warnOnce('keep', `${why}: ${reason(error)}`)
    }
  }

  #copy(): void {
    const from = this.#connection
    if (this.#open === undefined || !from.open || from.inTransaction) return
    this.#kept = copyOutbox(from, this.#checkpoint.seq, this.#open)
  }
}
