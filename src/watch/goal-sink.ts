import type { GoalChange } from '../event/goal-change.ts'
import { goalEvents } from '../event/goal-event.ts'
import { ChangeContextWriter } from '../outbox/change-context.ts'
import type { RecordedOutbox } from '../outbox/recorded-outbox.ts'

/** Takes what is found in a database, within the transaction that keeps how far it was read. */
export interface GoalSink {
  /** A goal that was there before the database was followed: it has no history. */
  stands(change: GoalChange): void
  /**
   * @param inferred Whether rows were compared as they stood.
   * @returns whether there is something to report.
   */
  take(change: GoalChange, inferred: boolean): boolean
}

const INFERRED = JSON.stringify({ source: 'inferred' })

/** Where a row says all that is known. */
export class OutboxSink implements GoalSink {
  readonly #outbox: RecordedOutbox
  readonly #captureObjective: boolean
  readonly #context = new ChangeContextWriter()

  constructor(outbox: RecordedOutbox, captureObjective: boolean) {
    this.#outbox = outbox
    this.#captureObjective = captureObjective
  }

  stands(): void {}

  take(change: GoalChange, inferred: boolean): boolean {
    if (goalEvents(change).length === 0) return false
    const context = this.#context.write(Date.now(), 0, inferred ? INFERRED : '')
    this.#outbox.write(change, context, this.#captureObjective)
    return true
  }
}
