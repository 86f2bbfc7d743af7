import { clock } from '../base/clock.ts'
import { StateDirectoryError } from '../base/state-directory.ts'
import { OutboxBusyError } from '../outbox/agent-connections.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { OutboxCompaction } from '../outbox/outbox-compaction.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import { DeliveredRows } from './delivered-rows.ts'
import type { Delivery } from './delivery.ts'
import { Drain, reportFailure } from './drain.ts'
import { jittered, longerPause } from './drain-queue.ts'
import { OutboxLimit } from './outbox-limit.ts'
import { warnOfGone, warnOfPending } from './pending-files.ts'
import type { RelayOptions } from './relay-options.ts'
import { SpanRetries } from './span-retries.ts'

/**
 * After this long without a change, write the checkpoint to the file. A busy agent needs no such write: its deletions already
 * show how far delivery got.
 */
const STORE_AFTER_MS = 5000
/** Another process delivers this file's rows at the moment, most likely ours too. */
const OCCUPIED_PAUSE_MS = 250
/** How long a receiver that has failed is expected to go on failing. */
const JUST_MS = 1000

export type DrainEnd = 'empty' | 'occupied'
/** `spans wait`: all records are delivered, and the receiver has not taken all spans yet. */
type PassEnd = DrainEnd | 'spans wait'

/**
 * - `idle`: nothing is known to be pending. `wake` schedules a drain.
 * - `scheduled`: a timer will start a drain, after the delay or, where the last one failed, after a pause.
 * - `draining`: that drain is under way. Then `idle`, or `scheduled` again after a failure or for an uncommitted change.
 * - `draining again`: woken meanwhile, by a change that the drain may not see. Then `scheduled`.
 * - `stopped`: another thread or process delivers from here on.
 */
type RelayState = 'idle' | 'scheduled' | 'draining' | 'draining again' | 'stopped'

/** Decides when an outbox is drained. It never keeps a process alive. */
export class Relay implements RelayHandle {
  readonly #options: RelayOptions
  readonly #rows: DeliveredRows
  readonly #limit: OutboxLimit
  readonly #spans: SpanRetries
  #state: RelayState = 'idle'
  #pauseMs = 0
  #failedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #settling: NodeJS.Timeout | undefined
  #drains: Promise<unknown> = Promise.resolve()
  #delivery: Delivery | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.#rows = new DeliveredRows(options)
    this.#limit = new OutboxLimit(options)
    this.#spans = new SpanRetries(options.keepsSpans, () => this.wake())
  }

  get name(): string {
    return this.#options.name
  }

  /** Whether rows may be pending, or spans are kept that a receiver may take now. */
  get busy(): boolean {
    return this.#state !== 'idle' || this.spansAreDue
  }

  /** Whether spans are kept that a receiver may take now: it has not just refused them. */
  get spansAreDue(): boolean {
    return this.#spans.areDue
  }

  /** Whether the outbox is gone for good, and what was pending in it. */
  get isGone(): boolean {
    return this.#options.isGone()
  }

  /** Says what a failure to deliver means for what is pending. */
  warnOfFailure(error: unknown): void {
    if (this.isGone) warnOfGone(this.name)
    else warnOfPending(this.name, error)
  }

  /** Whether another attempt now would most likely fail as the last one did. */
  get hasJustFailed(): boolean {
    return clock.now() - this.#failedAt < JUST_MS
  }

  get compaction(): OutboxCompaction | undefined {
    return this.#limit.compaction
  }

  wake(): void {
    if (this.#state === 'idle') this.#schedule(this.#options.delayMs)
    else if (this.#state === 'draining') this.#state = 'draining again'
  }

  finds(outbox: Outbox): number {
    const { pending, last } = this.#rows.finds(outbox)
    if (pending) this.wake()
    else this.#spans.lookIn(this.#options.delayMs)
    return last
  }

  trimBelow(newest: number): number | null {
    this.#limit.weigh(newest)
    return this.#rows.trimBelow(newest)
  }

  leave(): void {
    this.storeCheckpoint()
    if (this.#state !== 'idle') this.#options.keep(this.#rows.checkpoint.seq)
  }

  /**
   * Writes the checkpoint to the file: when a connection closes, at the end of the process, and when the agent has made no
   * change for a while, as it may never make another. Never throws, and waits for no lock.
   */
  storeCheckpoint(): void {
    this.#rows.storeCheckpoint()
  }

  /** Frees the lock, so that another process can go on. */
  stop(): void {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
    clearTimeout(this.#settling)
    this.#spans.stop()
    this.#options.lock.release()
  }

  /**
   * Delivers all that is pending now.
   * @returns `occupied` if another process is doing so.
   * @throws the exporter's error if it could not deliver.
   */
  async drain(): Promise<DrainEnd> {
    const end = await this.deliver()
    await this.flush()
    // By now the receiver may have taken what it had not when the checkpoint moved.
    if (end === 'spans wait') await this.deliver()
    return end === 'occupied' ? end : 'empty'
  }

  /** As `drain`, but does not wait for spans and metrics. */
  deliver(): Promise<PassEnd> {
    return this.#inTurn(() => this.#drain())
  }

  /** Resolves when spans and metrics are sent, too. */
  async flush(): Promise<void> {
    await this.#delivery?.flush()
  }

  /**
   * Hands out what is pending for another thread to send, since promises no longer resolve at the end of a process; this relay
   * itself delivers nothing from here on. Undefined if another process is delivering.
   * @throws what SQLite says, and {OutboxBusyError}.
   */
  handOver(): Drain | undefined {
    this.stop()
    return Drain.start(this.#options, this.#rows, this.#limit)
  }

  /** One after the other: the lock keeps other relays out, not this one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#drains.then(() => this.#options.queue.run(work))
    this.#drains = next.catch(() => {})
    return next
  }

  async #drain(): Promise<PassEnd> {
    let drain: Drain | undefined
    try {
      drain = Drain.start(this.#options, this.#rows, this.#limit)
      if (drain === undefined) return 'occupied'
      await drain.deliver(
        () => this.#find(),
        () => this.#state === 'stopped',
      )
      this.#limit.clear()
      if (!drain.spansWait) this.#spans.taken()
      else this.#spans.refused()
      return drain.spansWait ? 'spans wait' : 'empty'
    } catch (error) {
      if (error instanceof OutboxBusyError) return 'occupied'
      this.#failedAt = clock.now()
      reportFailure(this.#options, error)
      throw error
    } finally {
      drain?.end()
    }
  }

  async #find(): Promise<Delivery> {
    this.#delivery = await this.#options.delivery()
    return this.#delivery
  }

  #schedule(delayMs: number): void {
    if (this.#state === 'stopped') return
    // The state last: V8 may end this at any call, and a relay that only seems to be scheduled would never wake again.
    this.#timer = setTimeout(() => void this.#run(), delayMs).unref()
    this.#state = 'scheduled'
  }

  /** Writes the checkpoint after a while: an agent that makes no changes may be killed before its next one would. */
  #becomeIdle(): void {
    if (this.#state === 'stopped') return
    this.#state = 'idle'
    clearTimeout(this.#settling)
    if (!this.#rows.isAheadOfFile) return
    this.#settling = setTimeout(() => {
      if (this.#state === 'idle') this.storeCheckpoint()
    }, STORE_AFTER_MS)
    this.#settling.unref()
  }

  async #run(): Promise<void> {
    const { queue, delayMs, uncommitted } = this.#options
    this.#state = 'draining'
    try {
      // No file is opened while the receiver is known to accept nothing.
      const end = await this.#inTurn(async () => (queue.backoffMs > 0 ? 'backing off' : this.#drain()))
      if (end === 'backing off') return this.#schedule(queue.backoffMs)
      this.#pauseMs = 0
      if (end === 'occupied') this.#schedule(OCCUPIED_PAUSE_MS)
      else if (this.#isWokenAgain || uncommitted()) this.#schedule(delayMs)
      else this.#becomeIdle()
    } catch (error) {
      this.warnOfFailure(error)
      if (this.isGone) return this.#becomeIdle()
      // This process cannot create one: pending rows go out at the next start, or by `goaltrace relay`.
      if (error instanceof StateDirectoryError) return this.#becomeIdle()
      if (queue.backoffMs > 0) return this.#schedule(queue.backoffMs)
      this.#pauseMs = longerPause(this.#pauseMs)
      this.#schedule(jittered(this.#pauseMs))
    }
  }

  /** Read after an await, during which the state may have changed without the compiler's knowing. */
  get #isWokenAgain(): boolean {
    return this.#state === 'draining again'
  }
}
