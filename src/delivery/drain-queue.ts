import { setImmediate as turnOver } from 'node:timers/promises'
import { clock } from '../base/clock.ts'
import { BATCHES_A_READING } from '../outbox/outbox.ts'

/** Drains at once. Each has two files open; what all of them have pending goes in one request. */
const MOST_AT_ONCE = 64
/** Batches that all drains together may have in memory: some ten thousand rows. */
const MOST_BATCHES = 128
/** The pauses of all drains after a failure; for those within one request see REQUEST_RETRY_FIRST_MS. */
const RECEIVER_BACKOFF_FIRST_MS = 1000
const RECEIVER_BACKOFF_LONGEST_MS = 60_000

/**
 * The drains of a process that go to one receiver take turns: a few at once, each step in its own turn of the event
 * loop, so that a hundred databases block the agent no longer than one. All of them back off from a receiver that accepts nothing.
 */
export class DrainQueue {
  #running = 0
  readonly #waiting: (() => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #gathered: Promise<unknown> | undefined
  #pauseMs = 0
  #backoffUntil = Number.NEGATIVE_INFINITY

  async run<T>(drain: () => Promise<T>): Promise<T> {
    if (this.#running < MOST_AT_ONCE) this.#running++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await this.nextTurn()
      return await drain()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  /** How many batches each drain may read ahead. */
  get batchesAhead(): number {
    return Math.min(BATCHES_A_READING, Math.floor(MOST_BATCHES / Math.max(1, this.#running)))
  }

  /** A turn of the event loop for each drain that opens or closes files. Does not delay the process's exit. */
  nextTurn(): Promise<unknown> {
    const turn = this.#turn
    this.#turn = turn.then(() => turnOver())
    return this.#running > 1 ? turn : Promise.resolve()
  }

  /** Resolves when the drains that are about to take a step have taken it: what they send goes in one request. */
  gathered(): Promise<unknown> {
    this.#gathered ??= this.#gather().finally(() => {
      this.#gathered = undefined
    })
    return this.#gathered
  }

  async #gather(): Promise<void> {
    // Those whose timers are due now begin only after the first of them.
    await turnOver()
    await this.nextTurn()
  }

  /** Milliseconds for which to send nothing to the receiver; 0 unless it has failed. */
  get backoffMs(): number {
    return Math.max(0, this.#backoffUntil - clock.now())
  }

  readonly accepted = (): void => {
    this.#pauseMs = 0
    this.#backoffUntil = Number.NEGATIVE_INFINITY
  }

  /** @throws the given error. */
  readonly failed = (error: unknown): never => {
    // Drains that ran at the same time met the same fault, which counts once.
    if (this.backoffMs === 0) {
      this.#pauseMs = longerPause(this.#pauseMs)
      this.#backoffUntil = clock.now() + jittered(this.#pauseMs)
    }
    throw error
  }
}

export function longerPause(ms: number): number {
  return Math.min(RECEIVER_BACKOFF_LONGEST_MS, ms * 2 || RECEIVER_BACKOFF_FIRST_MS)
}

/** So that a fleet does not come back in step. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random())
}
