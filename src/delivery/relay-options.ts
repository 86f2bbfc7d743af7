import type { DeliveredRowsOptions } from './delivered-rows.ts'
import type { Delivery } from './delivery.ts'
import type { DrainOptions } from './drain.ts'
import type { OutboxLimitOptions } from './outbox-limit.ts'

export interface RelayOptions extends DrainOptions, DeliveredRowsOptions, OutboxLimitOptions {
  readonly delivery: () => Promise<Delivery>
  /** Whether a change that has woken the relay may still be uncommitted, and so unseen. */
  readonly uncommitted: () => boolean
  /** Milliseconds from a change to its delivery; a burst shares one. */
  readonly delayMs: number
  /** Whether spans are kept that no receiver has taken. Costs next to nothing, and never throws. */
  readonly keepsSpans: () => boolean
  /** Whether the outbox is gone for good, its file removed. */
  readonly isGone: () => boolean
  /** The last connection is about to close: takes over the rows from this one on, where nothing else keeps them. Never throws. */
  readonly keep: (seq: number) => void
}
