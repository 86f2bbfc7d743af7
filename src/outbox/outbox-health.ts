import { reason } from '../base/diagnose.ts'
import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import { decode, LOST_SENDER } from './decode-row.ts'
import type { Outbox } from './outbox.ts'

/**
 * How an outbox fares: what this process has counted of it, in plain numbers, because what reports them may not be loaded
 * yet; and what is read of it when somebody asks.
 */
export class OutboxHealth {
  /** Undefined for a database in memory. */
  readonly file: string | undefined
  deadLetters = 0
  /** How far this process has delivered it. */
  delivered: Checkpoint = NOTHING_DELIVERED
  /** Changes that the trigger dropped above the outbox's limit. */
  dropped = 0
  /** By the class of the error. */
  readonly failures = new Map<string, number>()
  /** The reason of the last one. */
  lastFailure: string | undefined
  readonly #outbox: Outbox
  readonly #checkpoints: () => CheckpointStore

  constructor(outbox: Outbox, checkpoints: () => CheckpointStore, file: string | undefined) {
    this.#outbox = outbox
    this.#checkpoints = checkpoints
    this.file = file
  }

  failed(error: unknown): void {
    const type = errorType(error)
    this.lastFailure = reason(error)
    this.failures.set(type, (this.failures.get(type) ?? 0) + 1)
  }

  /**
   * Takes the same time however many rows are pending.
   * @returns how many changes are pending, and for how many seconds the oldest of them has; undefined where that cannot be read.
   * @throws what SQLite says.
   */
  read(): { readonly waiting: number; readonly age: number | undefined } {
    const progress = this.#outbox.progress(this.delivered)
    const { ends } = progress
    if (ends === undefined) return { waiting: 0, age: 0 }
    const delivered = Math.max(this.#delivered(progress.delivered, ends.last), ends.first - 1)
    const waiting = ends.last - delivered
    if (waiting === 0) return { waiting, age: 0 }
    const [oldest] = decode(this.#outbox.read(delivered, 1), () => LOST_SENDER).changes
    return { waiting, age: oldest && Math.max(0, (Date.now() - oldest.context.atMs) / 1000) }
  }

  /** The number of the last delivered row, as the process that delivered it has written. */
  #delivered({ seq }: Checkpoint, last: number): number {
    // Opening the file beside it costs more than all the rest.
    if (seq >= last) return seq
    const checkpoints = this.#checkpoints()
    try {
      return this.#outbox.standing(checkpoints.read()).seq
    } finally {
      checkpoints.close()
    }
  }
}

/** What is said of it by metrics. */
export type HealthView = Pick<OutboxHealth, 'file' | 'deadLetters' | 'dropped' | 'failures' | 'read'>

/** The status of an answer, else the system's word, else the error's name: few, as an attribute of a metric has to be. */
function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return code === undefined ? String(name ?? '_OTHER') : String(code)
}
