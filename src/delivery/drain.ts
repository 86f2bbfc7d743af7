import { reason, warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import type { CheckpointStore, DeadLetter, OpenGoalChanges } from '../outbox/checkpoint-store.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { OutboxHealth } from '../outbox/outbox-health.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import { goalKeysIn, type Sender } from '../outbox/row-changes.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import type { DeliveredRows } from './delivered-rows.ts'
import type { Delivery } from './delivery.ts'
import type { DrainQueue } from './drain-queue.ts'
import type { OutboxLimit } from './outbox-limit.ts'

export interface DrainOptions {
  /** Name of the outbox's database, for messages. */
  readonly name: string
  readonly outbox: Outbox
  readonly lock: { tryAcquire(): boolean; release(): void }
  readonly checkpoints: () => CheckpointStore
  readonly health: OutboxHealth
  readonly batchSize: number
  /** Shared by all outboxes of this process that go to the same receiver. */
  readonly queue: DrainQueue
}

/**
 * One pass over an outbox's pending rows. It holds the file's lock, so that another process, or the next one after a crash,
 * goes on from the checkpoint, which moves only when a batch is delivered.
 */
export class Drain {
  readonly outbox: Outbox
  /** Pending rows, read as they are asked for. */
  readonly batches: Generator<OutboxRow[]>
  readonly #options: DrainOptions
  readonly #checkpoints: CheckpointStore
  readonly #rows: DeliveredRows
  readonly #limit: OutboxLimit
  #spansWait = false

  /**
   * @returns undefined if another process is draining it.
   * @throws what SQLite says, and {OutboxBusyError}.
   */
  static start(options: DrainOptions, rows: DeliveredRows, limit: OutboxLimit): Drain | undefined {
    const { lock } = options
    if (!lock.tryAcquire()) return undefined
    let checkpoints: CheckpointStore | undefined
    try {
      checkpoints = options.checkpoints()
      const { outbox, batchSize, queue } = options
      const pending = checkpoints.begin(
        (kept) => outbox.pending(kept, batchSize, () => queue.batchesAhead),
        () => outbox.keptOpenGoals(),
      )
      rows.startFrom(pending.delivered)
      return new Drain(options, checkpoints, pending.batches, rows, limit)
    } catch (error) {
      checkpoints?.close()
      lock.release()
      throw error
    }
  }

  private constructor(
    options: DrainOptions,
    checkpoints: CheckpointStore,
    batches: Drain['batches'],
    rows: DeliveredRows,
    limit: OutboxLimit,
  ) {
    this.#options = options
    this.#checkpoints = checkpoints
    this.batches = batches
    this.#rows = rows
    this.#limit = limit
    this.outbox = options.outbox
  }

  /** Whether the receiver has not taken all spans by now, which are tried again. */
  get spansWait(): boolean {
    return this.#spansWait
  }

  /**
   * Delivers all pending rows in order, one batch in flight, and spans that are kept.
   * @param delivery Asked once there is something to deliver.
   * @param isStopped Whether nothing more is to be sent, and no checkpoint moved.
   */
  async deliver(delivery: () => Promise<Delivery>, isStopped: () => boolean): Promise<void> {
    const { queue } = this.#options
    let found: Delivery | undefined
    let sending: Promise<void> | undefined
    const unsent = this.unsentSpans()
    this.#limit.pendingAfter(this.#rows.checkpoint.seq)
    for (const rows of this.batches) {
      const [first] = rows
      if (isStopped() || first === undefined) break
      if (found === undefined) {
        this.#limit.pendingAfter(first.seq - 1)
        found = await delivery()
        found.start((key) => this.#checkpoints.openGoalOf(key))
        found.resume(unsent)
      }
      // The next batch is built while the one before is on its way, and sent only when that is delivered.
      const batch = found.prepare(rows, this.outbox)
      await sending
      sending = batch
        .send((letter) => this.setAside(letter))
        .then(queue.accepted, queue.failed)
        .then(() => queue.nextTurn())
        .then(() => batch.sendTraces())
        .then((spans) => {
          if (!isStopped()) this.delivered(rows, batch.openGoals, spans)
          batch.delivered()
        })
      // Awaited in the next round; until then a rejection is not unhandled.
      sending.catch(() => {})
    }
    await sending
    if (found === undefined && unsent.length > 0 && !isStopped())
      found = await this.#resume(delivery, unsent, isStopped)
    this.#spansWait = found?.spansWait ?? false
    found?.onDrained()
  }

  /** No change is pending with which kept spans would go out. */
  async #resume(
    delivery: () => Promise<Delivery>,
    unsent: UnsentSpans,
    isStopped: () => boolean,
  ): Promise<Delivery | undefined> {
    const { name } = this.#options
    try {
      const found = await delivery()
      found.resume(unsent)
      const spans = await found.sendTraces()
      // Another process may have the lock by now, and keep others.
      if (!isStopped()) this.keepSpans(spans)
      return found
    } catch (error) {
      warnOnce(`kept spans ${name}`, `spans of goals in ${name} are kept, and not sent: ${reason(error)}`)
      return undefined
    }
  }

  /** What no receiver had taken when it was last tried. */
  unsentSpans(): UnsentSpans {
    return this.#checkpoints.unsentSpans()
  }

  keepSpans(changes: UnsentSpans): void {
    this.#checkpoints.keepSpans(changes)
  }

  /** What is kept of the goals in these rows that are not over, by `goalKey`. */
  openGoalsOf(
    rows: readonly OutboxRow[],
    senderOf: (id: number) => Pick<Sender, 'table'>,
  ): [key: string, goal: string][] {
    const keys = new Set(rows.flatMap((row) => goalKeysIn(row, senderOf(row.sender))))
    return [...keys].flatMap((key) => {
      const goal = this.#checkpoints.openGoalOf(key)
      return goal === undefined ? [] : [[key, goal]]
    })
  }

  /** These rows, the oldest of those handed out, are delivered. @param spans What has changed of the spans that are kept. */
  delivered(rows: readonly OutboxRow[], openGoals: OpenGoalChanges | undefined, spans: UnsentSpans): void {
    const last = rows.at(-1)
    if (last === undefined) return
    // First: no process makes them again once the checkpoint has moved.
    this.keepSpans(spans)
    const checkpoint = this.#rows.advance(last)
    this.#checkpoints.write(checkpoint, openGoals)
    this.#options.health.delivered = checkpoint
    this.#limit.pendingAfter(last.seq, rows.length)
  }

  setAside(letter: DeadLetter): void {
    this.#checkpoints.setAside(letter)
    this.#options.health.deadLetters++
  }

  failed(error: unknown): void {
    reportFailure(this.#options, error)
  }

  end(): void {
    this.#checkpoints.close()
    this.#options.lock.release()
  }
}

/** Counts a drain that has failed, for metrics and `goaltrace run`. */
export function reportFailure({ name, health }: DrainOptions, error: unknown): void {
  health.failed(error)
  noteForRun({ kind: 'fails', file: name, why: reason(error) })
}
