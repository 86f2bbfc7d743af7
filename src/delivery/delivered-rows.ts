import { reason, warnOnce } from '../base/diagnose.ts'
import { uidOf } from '../outbox/change-context.ts'
import { type Checkpoint, furthest, NOTHING_DELIVERED } from '../outbox/checkpoint.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import { resultCode } from '../sqlite/result-code.ts'

export interface DeliveredRowsOptions {
  /** Name of the outbox's database, for messages. */
  readonly name: string
  /** The checkpoint in the state directory, if there is one. Never throws. */
  readonly recall: () => Checkpoint
  /** Writes the checkpoint to the file, and deletes the rows before it. Throws SQLite's errors. */
  readonly store?: (checkpoint: Checkpoint) => void
}

/** A mutation deletes at most this many rows: after a long outage the agent must not pay for all of them at once. */
const TRIM_STEP = 256

/** How far an outbox has been delivered, which of its rows may be deleted, and what its file has recorded of that. */
export class DeliveredRows {
  readonly #options: DeliveredRowsOptions
  #checkpoint: Checkpoint = NOTHING_DELIVERED
  /** `seq` of the checkpoint last written to the file, as far as we know. */
  #inFile = 0
  #trimmed = 0

  constructor(options: DeliveredRowsOptions) {
    this.#options = options
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint
  }

  /** Whether this process has delivered more than the file records. */
  get isAheadOfFile(): boolean {
    return this.#checkpoint.seq > this.#inFile
  }

  /**
   * Called when a connection is new, or attached again, with the outbox as that connection sees it.
   * @returns whether rows are pending in it, and the number of the newest.
   */
  finds(outbox: Outbox): { readonly pending: boolean; readonly last: number } {
    const { ends = { first: 1, last: 0 }, delivered: kept } = outbox.progress(NOTHING_DELIVERED)
    const { first, last } = ends
    this.#check(last + 1)
    // No row is older than the first.
    this.#trimmed = Math.max(this.#trimmed, first - 1)
    if (this.#checkpoint.seq < kept.seq) this.#checkpoint = kept
    this.#inFile = kept.seq
    if (this.#checkpoint.seq < last)
      this.#checkpoint = furthest(this.#checkpoint, outbox.standing(this.#options.recall()))
    return { pending: this.#checkpoint.seq < last, last }
  }

  /** A drain begins at this checkpoint. */
  startFrom(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint
    this.#trimmed = Math.min(this.#trimmed, checkpoint.seq)
  }

  /** @returns the checkpoint after these rows. */
  advance({ seq, context }: OutboxRow): Checkpoint {
    this.#checkpoint = { seq, uid: uidOf(context) }
    return this.#checkpoint
  }

  /** The number below which rows may be deleted now, a step at a time; null if none may. @param newest The newest row's number. */
  trimBelow(newest: number): number | null {
    this.#check(newest)
    if (this.#trimmed >= this.#checkpoint.seq) return null
    this.#trimmed = Math.min(this.#checkpoint.seq, this.#trimmed + TRIM_STEP)
    return this.#trimmed
  }

  /** Writes the checkpoint to the file, if it is new. Never throws, and waits for no lock. */
  storeCheckpoint(): void {
    const checkpoint = this.#checkpoint
    if (!this.isAheadOfFile) return
    const { name, store } = this.#options
    try {
      store?.(checkpoint)
      this.#inFile = checkpoint.seq
    } catch (error) {
      // Locked or read-only: then the checkpoint is in the state directory only.
      if (!/^SQLITE_(?:BUSY|LOCKED|READONLY)/.test(resultCode(error))) {
        warnOnce(`checkpoint ${name}`, `cannot store the checkpoint in ${name}: ${reason(error)}`)
      }
    }
  }

  /**
   * @param seq The number of a row that is written, or will be next. If it is not after the checkpoint's, the database was restored
   * or recreated, and nothing of it is delivered yet.
   */
  #check(seq: number): void {
    if (seq > this.#checkpoint.seq) return
    this.#checkpoint = NOTHING_DELIVERED
    this.#inFile = 0
    this.#trimmed = 0
  }
}
