import { reason, warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import { StateDirectoryError } from '../base/state-directory.ts'
import { OutboxBusyError } from '../outbox/agent-connections.ts'
import { uidOf } from '../outbox/change-context.ts'
import { type Checkpoint, furthest, NOTHING_DELIVERED } from '../outbox/checkpoint.ts'
import type { CheckpointStore, DeadLetter } from '../outbox/checkpoint-store.ts'
import type { Outbox, OutboxView } from '../outbox/outbox.ts'
import { OutboxCompaction } from '../outbox/outbox-compaction.ts'
import type { OutboxHealth } from '../outbox/outbox-health.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import { resultCode } from '../sqlite/result-code.ts'
import { type DrainQueue, jittered, longerPause } from './drain-queue.ts'
import { warnOfWaiting } from './waiting-files.ts'

/** Makes of rows what is sent, and sends it. */
export interface Delivery {
  /** A drain begins, maybe with rows that were prepared before and have not arrived. */
  start(): void
  /** Builds a batch; nothing leaves before `send`. */
  prepare(rows: readonly OutboxRow[], outbox: OutboxView): Batch
  /** Everything has arrived for now. What goes beside it, as metrics do, follows in the background. */
  rest(): void
  /** Resolves when that is sent, too. */
  flush(): Promise<void>
}

/** What waits, handed out to be sent by another thread, and acknowledged without a promise. */
export interface HandOver {
  readonly outbox: Outbox
  readonly batches: Iterator<OutboxRow[]>
  /** These rows, the oldest of what was handed out, have arrived. */
  arrived(rows: readonly OutboxRow[]): void
  setAside(letter: DeadLetter): void
  failed(error: unknown): void
  /** Nothing more will arrive. */
  end(): void
}

export interface Batch {
  /** Resolves when the receiver has taken all of it, but for what it refuses for good; rejects otherwise. */
  send(setAside: (letter: DeadLetter) => void): Promise<void>
  /** That is acknowledged: what goes beside the log records follows, in the background. */
  arrived(): void
}

export interface RelayOptions {
  /** What the outbox belongs to, for messages. */
  readonly name: string
  readonly outbox: Outbox
  readonly lock: { tryAcquire(): boolean; release(): void }
  readonly checkpoints: () => CheckpointStore
  readonly delivery: () => Promise<Delivery>
  readonly health: OutboxHealth
  /** Of all outboxes of this process that go to the same receiver. */
  readonly queue: DrainQueue
  /** Whether a change that has woken the relay may still be uncommitted, and so unseen. */
  readonly uncommitted: () => boolean
  /** Milliseconds from a change to its delivery; a burst shares one. */
  readonly delayMs: number
  readonly batchSize: number
  /** Rows that may wait; above it some are dropped, see outbox-compaction.ts. */
  readonly limit: number
  /** The checkpoint as the state directory has it, which may not be there. Never throws. */
  readonly recall: () => Checkpoint
  /** The last connection is about to close: takes over the rows from this one on, where nothing else keeps them. Never throws. */
  readonly keep: (seq: number) => void
  /** Keeps the checkpoint in the file, and deletes what is before it. Throws what SQLite says. */
  readonly settle?: (checkpoint: Checkpoint) => void
}

/** A mutation takes away at most so many rows: after a long outage the agent must not pay for all of them at once. */
const TRIM_STEP = 256
/** Without a change of the agent's: one that changes goals deletes what was delivered, which says as much, at no cost. */
const SETTLE_AFTER_MS = 5000
/** Another process delivers this file's rows at the moment, most likely ours too. */
const OCCUPIED_PAUSE_MS = 250
const JUST_MS = 1000

export type DrainEnd = 'empty' | 'occupied'

/**
 * Carries an outbox's rows out, in order, one batch in flight, and moves the checkpoint only when a batch has arrived. It holds
 * the file's lock for the length of a drain, so that another process, or the next one after a crash, goes on from the checkpoint.
 * Nothing of it keeps a process alive.
 */
export class Relay {
  readonly #options: RelayOptions
  #state: 'idle' | 'scheduled' | 'draining' = 'idle'
  #again = false
  #stopped = false
  #checkpoint: Checkpoint = NOTHING_DELIVERED
  /** Of the checkpoint that the file keeps, as far as it is known here. */
  #inFile = 0
  #trimmed = 0
  /** After which row all that wait come, as far as this process has seen; not known before it has looked. */
  #waitingAfter = Number.POSITIVE_INFINITY
  /** Drops before that row. */
  #dropsBefore = 0
  #compaction: OutboxCompaction | undefined
  #pauseMs = 0
  #failedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #settling: NodeJS.Timeout | undefined
  #drains: Promise<unknown> = Promise.resolve()
  #delivery: Delivery | undefined

  constructor(options: RelayOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** Whether there may be rows that have not arrived. */
  get busy(): boolean {
    return this.#state !== 'idle'
  }

  /** Whether the receiver, if there is one, would say the same again. */
  get hasJustFailed(): boolean {
    return performance.now() - this.#failedAt < JUST_MS
  }

  wake(): void {
    if (this.#state === 'idle') this.#schedule(this.#options.delayMs)
    else this.#again = true
  }

  /** A connection is new here, or attached anew: the outbox as it sees it. Wakes where something waits. */
  finds(outbox: Outbox): void {
    const { first, last } = outbox.ends() ?? { first: 1, last: 0 }
    this.#check(last + 1)
    // Of these rows none is older.
    this.#trimmed = Math.max(this.#trimmed, first - 1)
    const kept = outbox.standing(NOTHING_DELIVERED)
    if (this.#checkpoint.seq < kept.seq) this.#checkpoint = kept
    this.#inFile = kept.seq
    if (this.#checkpoint.seq < last)
      this.#checkpoint = furthest(this.#checkpoint, outbox.standing(this.#options.recall()))
    if (this.#checkpoint.seq < last) this.wake()
  }

  /**
   * By the number of a row that is written, or will be next. One that is not after the checkpoint's says that the database is
   * another one since, restored or made anew, and has yet to be delivered.
   */
  #check(seq: number): void {
    if (seq > this.#checkpoint.seq) return
    this.#checkpoint = NOTHING_DELIVERED
    this.#inFile = 0
    this.#trimmed = 0
  }

  /** Below which number rows may go now, step by step; null where none may. Told the number of the newest row. */
  trimBelow(newest: number): number | null {
    this.#check(newest)
    if (newest - this.#waitingAfter > this.#options.limit) this.#weigh(newest)
    else if (this.#compaction !== undefined) this.#compaction = undefined
    if (this.#trimmed >= this.#checkpoint.seq) return null
    this.#trimmed = Math.min(this.#checkpoint.seq, this.#trimmed + TRIM_STEP)
    return this.#trimmed
  }

  leave(): void {
    this.settle()
    if (this.busy) this.#options.keep(this.#checkpoint.seq)
  }

  /**
   * Keeps in the file how far it is delivered, where that is new: at a connection's close, at the end of the process and
   * when the agent rests, as no further change of its may. Never throws, and waits for nobody.
   */
  settle(): void {
    const checkpoint = this.#checkpoint
    if (checkpoint.seq <= this.#inFile) return
    try {
      this.#options.settle?.(checkpoint)
      this.#inFile = checkpoint.seq
    } catch (error) {
      // Somebody else writes, or the file may only be read: then the state directory alone knows.
      if (!/^SQLITE_(?:BUSY|LOCKED|READONLY)/.test(resultCode(error))) {
        warnOnce(`settle ${this.name}`, `how far ${this.name} is delivered is not kept in it: ${reason(error)}`)
      }
    }
  }

  /** What chooses the rows to be dropped, while too many wait. */
  get compaction(): OutboxCompaction | undefined {
    return this.#compaction
  }

  /** Stops without a further word and frees the lock, so that somebody else can go on. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearTimeout(this.#settling)
    this.#options.lock.release()
  }

  /**
   * Delivers all that waits now.
   * @returns `occupied` where another process is doing so.
   * @throws what the exporter said, where it could not deliver.
   */
  async drain(): Promise<DrainEnd> {
    const end = await this.deliver()
    await this.flush()
    return end
  }

  /** As `drain`, but for what goes beside the log records, which may still be on its way. */
  deliver(): Promise<DrainEnd> {
    return this.#inTurn(() => this.#drain())
  }

  /** Resolves when what goes beside them is sent, too. */
  async flush(): Promise<void> {
    await this.#delivery?.flush()
  }

  /** One after the other: the lock keeps other relays out, not this one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#drains.then(() => this.#options.queue.take(work))
    this.#drains = next.catch(() => {})
    return next
  }

  async #drain(): Promise<DrainEnd> {
    const { lock } = this.#options
    if (!lock.tryAcquire()) return 'occupied'
    let checkpoints: CheckpointStore | undefined
    try {
      checkpoints = this.#options.checkpoints()
      this.#recall(checkpoints)
      await this.#deliverAll(checkpoints)
      this.#compaction = undefined
      return 'empty'
    } catch (error) {
      if (error instanceof OutboxBusyError) return 'occupied'
      this.#failed(error)
      throw error
    } finally {
      checkpoints?.close()
      lock.release()
    }
  }

  /**
   * Hands out what waits for another thread to send, since at the end of a process no promise settles any more; this relay
   * itself delivers nothing from here on. Undefined where another process is at it.
   * @throws what SQLite says, and {OutboxBusyError}.
   */
  handOver(): HandOver | undefined {
    const { outbox, lock, batchSize } = this.#options
    this.stop()
    if (!lock.tryAcquire()) return undefined
    let checkpoints: CheckpointStore | undefined
    const end = () => {
      checkpoints?.close()
      lock.release()
    }
    try {
      const opened = this.#options.checkpoints()
      checkpoints = opened
      this.#recall(opened)
      return {
        outbox,
        batches: outbox.batches(this.#checkpoint.seq, batchSize),
        arrived: (rows) => this.#arrived(rows, opened),
        setAside: (letter) => this.#setAside(letter, opened),
        failed: (error) => this.#failed(error),
        end,
      }
    } catch (error) {
      end()
      throw error
    }
  }

  #recall(checkpoints: CheckpointStore): void {
    this.#checkpoint = this.#options.outbox.standing(checkpoints.read())
    this.#trimmed = Math.min(this.#trimmed, this.#checkpoint.seq)
  }

  #arrived(rows: readonly OutboxRow[], checkpoints: CheckpointStore): void {
    const last = rows.at(-1)
    if (last === undefined) return
    this.#checkpoint = { seq: last.seq, uid: uidOf(last.context) }
    checkpoints.write(this.#checkpoint)
    this.#options.health.delivered = this.#checkpoint
    this.#waitsAfter(last.seq, rows.length)
  }

  #setAside(letter: DeadLetter, checkpoints: CheckpointStore): void {
    checkpoints.setAside(letter)
    this.#options.health.deadLetters++
  }

  #failed(error: unknown): void {
    this.#failedAt = performance.now()
    this.#options.health.failed(error)
    noteForRun({ kind: 'fails', file: this.name, why: reason(error) })
  }

  async #deliverAll(checkpoints: CheckpointStore): Promise<void> {
    const { outbox, batchSize, queue } = this.#options
    let delivery: Delivery | undefined
    let arriving: Promise<void> | undefined
    this.#waitsAfter(this.#checkpoint.seq, 0)
    for (const rows of outbox.batches(this.#checkpoint.seq, batchSize)) {
      const [first] = rows
      if (this.#stopped || first === undefined) break
      if (delivery === undefined) {
        this.#waitsAfter(first.seq - 1, 0)
        delivery = await this.#options.delivery()
        this.#delivery = delivery
        delivery.start()
      }
      // The next batch is built while the one before is on its way, and sent only when that has arrived.
      const batch = delivery.prepare(rows, outbox)
      await arriving
      arriving = batch
        .send((letter) => this.#setAside(letter, checkpoints))
        .then(queue.taken, queue.refused)
        .then(() => queue.turn())
        .then(() => {
          if (!this.#stopped) this.#arrived(rows, checkpoints)
          batch.arrived()
        })
      // Awaited in the next round; until then a rejection is not unhandled.
      arriving.catch(() => {})
    }
    await arriving
    delivery?.rest()
  }

  /** @param arrived How many rows there were since the number told before; what is missing was dropped. */
  #waitsAfter(seq: number, arrived: number): void {
    if (arrived > 0) this.#dropsBefore += Math.max(0, seq - this.#waitingAfter - arrived)
    this.#waitingAfter = seq
  }

  #weigh(newest: number): void {
    const { health, limit, outbox, name } = this.#options
    const waiting = newest - this.#waitingAfter - (health.dropped - this.#dropsBefore)
    if (waiting <= limit) {
      // A tenth less, or the agent's triggers would be made anew at every other change.
      if (waiting < limit * 0.9) this.#compaction = undefined
      return
    }
    this.#compaction ??= new OutboxCompaction(health, () => outbox.readTo)
    const why = `${limit} changes of goals wait in the outbox of ${name}, its limit`
    warnOnce(`limit ${name}`, `${why}: usage is dropped that newer usage of the same goal supersedes`)
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return
    this.#state = 'scheduled'
    this.#timer = setTimeout(() => void this.#run(), delayMs)
    this.#timer.unref()
  }

  /** An agent that changes nothing for a while may be killed before it does: then the file would not know the checkpoint. */
  #rest(): void {
    this.#state = 'idle'
    clearTimeout(this.#settling)
    if (this.#checkpoint.seq <= this.#inFile || this.#stopped) return
    this.#settling = setTimeout(() => {
      if (this.#state === 'idle') this.settle()
    }, SETTLE_AFTER_MS)
    this.#settling.unref()
  }

  async #run(): Promise<void> {
    const { queue, delayMs, uncommitted } = this.#options
    this.#state = 'draining'
    this.#again = false
    try {
      // Nothing is opened while the receiver is known to take nothing.
      const end = await this.#inTurn(async () => (queue.restMs > 0 ? 'resting' : this.#drain()))
      if (end === 'resting') return this.#schedule(queue.restMs)
      this.#pauseMs = 0
      if (end === 'occupied') this.#schedule(OCCUPIED_PAUSE_MS)
      else if (this.#again || uncommitted()) this.#schedule(delayMs)
      else this.#rest()
    } catch (error) {
      warnOfWaiting(this.name, error)
      // Nothing that this process does makes one: what waits is for the next start, or for `goaltrace relay`.
      if (error instanceof StateDirectoryError) {
        this.#state = 'idle'
        return
      }
      if (queue.restMs > 0) return this.#schedule(queue.restMs)
      this.#pauseMs = longerPause(this.#pauseMs)
      this.#schedule(jittered(this.#pauseMs))
    }
  }
}
