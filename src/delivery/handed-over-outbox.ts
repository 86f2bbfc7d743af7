import type { OutboxView } from '../outbox/outbox.ts'
import type { HealthView } from '../outbox/outbox-health.ts'
import type { GoalCounts } from './exit-messages.ts'

/** An outbox whose rows another thread hands over, with its senders and counts. */
export class HandedOverOutbox implements OutboxView {
  readonly health: HealthView
  readonly senders = new Map<number, string | undefined>()
  counts: GoalCounts = {}
  /** What was kept of goals that are not over, when their rows were handed over. */
  readonly openGoals = new Map<string, string>()
  /** Whether every row has been delivered. */
  isEmpty = false

  constructor(file: string | undefined) {
    const read = () => {
      if (!this.isEmpty) throw new Error('not all of it is delivered')
      return { waiting: 0, age: 0 }
    }
    this.health = { file, deadLetters: 0, dropped: 0, failures: new Map(), read }
  }

  senderText(id: number): string | undefined {
    return this.senders.get(id)
  }

  countByStatus(table: string): { status: unknown; count: number }[] | undefined {
    const counts = this.counts[table]
    return counts && [...counts]
  }
}
