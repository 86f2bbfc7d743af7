import { warnOnce } from '../base/diagnose.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { OutboxCompaction } from '../outbox/outbox-compaction.ts'
import type { OutboxHealth } from '../outbox/outbox-health.ts'

export interface OutboxLimitOptions {
  /** Name of the outbox's database, for messages. */
  readonly name: string
  readonly outbox: Outbox
  readonly health: OutboxHealth
  /** Rows that may be pending; above it some are dropped, see outbox-compaction.ts. */
  readonly limit: number
}

/** Compaction stops below this part of the limit: any closer, and the agent's triggers would be recreated at every other change. */
const ENOUGH = 0.9

/** Keeps an outbox that cannot be delivered from growing for ever: compacts it while more than the limit is pending. */
export class OutboxLimit {
  readonly #options: OutboxLimitOptions
  /** The row before the first pending one, as far as this process knows; Infinity until it has looked. */
  #pendingAfter = Number.POSITIVE_INFINITY
  /** Drops before that row. */
  #dropsBefore = 0
  #compaction: OutboxCompaction | undefined

  constructor(options: OutboxLimitOptions) {
    this.#options = options
  }

  /** Chooses the rows to drop; defined while too many are pending. */
  get compaction(): OutboxCompaction | undefined {
    return this.#compaction
  }

  /** @param count How many rows were read since the last call; the numbers missing between are of dropped rows. */
  pendingAfter(seq: number, count = 0): void {
    if (count > 0) this.#dropsBefore += Math.max(0, seq - this.#pendingAfter - count)
    this.#pendingAfter = seq
  }

  /** @param newest The newest row's number. Called at every change, so it has to cost nothing. */
  weigh(newest: number): void {
    if (newest - this.#pendingAfter <= this.#options.limit) this.#compaction = undefined
    else this.#weighDrops(newest)
  }

  /** Nothing is pending. */
  clear(): void {
    this.#compaction = undefined
  }

  #weighDrops(newest: number): void {
    const { health, limit, outbox, name } = this.#options
    const pending = newest - this.#pendingAfter - (health.dropped - this.#dropsBefore)
    if (pending <= limit) {
      if (pending < limit * ENOUGH) this.#compaction = undefined
      return
    }
    this.#compaction ??= new OutboxCompaction(health, () => outbox.readTo)
    const since = health.lastFailure === undefined ? '' : `, since delivering them failed: ${health.lastFailure}`
    const why = `${limit} changes of goals are pending in the outbox of ${name}, its limit${since}`
    warnOnce(`limit ${name}`, `${why}; usage is dropped that newer usage of the same goal supersedes`)
  }
}
