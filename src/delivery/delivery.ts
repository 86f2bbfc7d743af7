import type { DeadLetter, OpenGoalChanges } from '../outbox/checkpoint-store.ts'
import type { OutboxView } from '../outbox/outbox.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'

/** Builds telemetry from rows, and sends it. */
export interface Delivery {
  /**
   * A drain begins, perhaps with rows that were prepared before and not delivered.
   * @param openGoalOf What is kept of a goal that is not over, up to the last batch that is delivered.
   * @param unsent The spans of goals' traces that are kept, since no receiver had taken them.
   */
  start(openGoalOf: (key: string) => string | undefined, unsent?: OpenGoalChanges): void
  /** Builds a batch; nothing leaves before `send`. */
  prepare(rows: readonly OutboxRow[], outbox: OutboxView): Batch
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
   * @returns what has changed of the spans that are to be kept with the checkpoint, beside `openGoals`.
   */
  sendTraces(): Promise<OpenGoalChanges>
  /** The checkpoint has moved: other spans and metrics follow in the background. */
  delivered(): void
}
