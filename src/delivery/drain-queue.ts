import { setImmediate as nextTurn } from 'node:timers/promises'

/** A drain has a few files open, and some thousand rows in memory. */
const MOST_AT_ONCE = 16
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/**
 * The drains of a process that go to one receiver take turns: a few at once, each step in a turn of the event loop of its
 * own, so that a hundred databases block the agent no longer than one. A receiver that takes nothing is left alone by all.
 */
export class DrainQueue {
  #running = 0
  readonly #waiting: (() => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #pauseMs = 0
  #restUntil = Number.NEGATIVE_INFINITY

  async take<T>(drain: () => Promise<T>): Promise<T> {
    if (this.#running < MOST_AT_ONCE) this.#running++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await this.turn()
      return await drain()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  /** Of the event loop: one for each drain that opens or closes files. It keeps a process that has finished for no longer. */
  turn(): Promise<unknown> {
    const turn = this.#turn
    this.#turn = turn.then(() => nextTurn())
    return this.#running > 1 ? turn : Promise.resolve()
  }

  /** Milliseconds for which the receiver is best left alone; 0 where it takes what it gets, as far as is known. */
  get restMs(): number {
    return Math.max(0, this.#restUntil - performance.now())
  }

  readonly taken = (): void => {
    this.#pauseMs = 0
    this.#restUntil = Number.NEGATIVE_INFINITY
  }

  /** @throws what was given. */
  readonly refused = (error: unknown): never => {
    // Drains that were under way together have met the same.
    if (this.restMs === 0) {
      this.#pauseMs = longerPause(this.#pauseMs)
      this.#restUntil = performance.now() + jittered(this.#pauseMs)
    }
    throw error
  }
}

export function longerPause(ms: number): number {
  return Math.min(LONGEST_PAUSE_MS, ms * 2 || FIRST_PAUSE_MS)
}

/** So that a fleet does not come back in step. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random())
}
