import type { Outbox } from './outbox.ts'
import type { OutboxCompaction } from './outbox-compaction.ts'

/** The relay of an outbox, as it is seen by what writes the rows. */
export interface RelayHandle {
  /** The database that the rows are in: the path of its file, if it has one. */
  readonly name: string
  /**
   * A connection is new here, or attached again: the outbox as it sees it. Wakes where rows are pending.
   * @returns the number of the newest row, 0 where there is none.
   */
  finds(outbox: Outbox): number
  /** Below which number rows are delivered and may be deleted, given the number of the newest; null where none may. */
  trimBelow(newest: number): number | null
  /** There are rows to deliver. Called at every change, so it has to cost nothing. */
  wake(): void
  /** What chooses the rows to be dropped, while too many are pending. */
  readonly compaction: OutboxCompaction | undefined
  /** A connection is about to close, or to be observed no more: pending rows are taken over where nothing else keeps them. Never throws. */
  leave(): void
}
