import type { DeadLetter, OpenGoalChanges } from '../outbox/checkpoint-store.ts'
import type { OutboxView } from '../outbox/outbox.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'

/** Builds telemetry from rows, and sends it. */
export interface Delivery {
  /**
   * A drain begins, perhaps with rows that were prepared before and not delivered.
   * @param openGoalOf What is kept of a goal that is not over, up to the last batch that is delivered.
   */
  start(openGoalOf: (key: string) => string | undefined): void
  /** Goes on with the spans of goals' traces that are kept, since no receiver had taken them. Those that nothing here can send stay kept. */
  resume(unsent: UnsentSpans): void
  /** Builds a batch; nothing leaves before `send`. */
  prepare(rows: readonly OutboxRow[], outbox: OutboxView): Batch
  /** As a batch's, with no new spans. */
  sendTraces(): Promise<UnsentSpans>
  /** Whether the receiver has not taken all spans of goals' traces by now. */
  readonly spansWait: boolean
  /** Everything is delivered for now. Metrics follow in the background. */
  onDrained(): void
  /** Resolves when spans and metrics are sent, too. */
  flush(): Promise<void>
}

export interface Batch {
  /** What has changed of goals' traces, to be kept with the checkpoint; undefined where they are not followed. */
  readonly openGoals: OpenGoalChanges | undefined
  /** Resolves when the receiver has accepted everything except what it refuses for good; rejects otherwise. */
  send(setAside: (letter: DeadLetter) => void): Promise<void>
  /**
   * Sends the spans of goals' traces, after `send` and before the checkpoint moves: after that no process makes them again.
   * Waits for the receiver two seconds at most, and never rejects.
   * @returns what has changed of the spans that are to be kept.
   */
  sendTraces(): Promise<UnsentSpans>
  /** The same where nobody waits for the receiver: all of them are to be kept until it has taken them. */
  keepTraces(): UnsentSpans
  /** The checkpoint has moved: other spans and metrics follow in the background. */
  delivered(): void
}
