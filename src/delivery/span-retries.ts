import { clock } from '../base/clock.ts'
import { jittered, longerPause } from './drain-queue.ts'

/** How long a receiver that has not taken spans is expected to go on so. */
const JUST_MS = 1000

/**
 * When the spans that are kept with a checkpoint are due, where no change comes with which they would go out. By a timer of its own,
 * for which no change waits, and which keeps no process alive.
 */
export class SpanRetries {
  readonly #areKept: () => boolean
  readonly #due: () => void
  #timer: NodeJS.Timeout | undefined
  #pauseMs = 0
  #refusedAt = Number.NEGATIVE_INFINITY

  /** @param areKept Whether there are any: asked often, so it looks for their file and no more. */
  constructor(areKept: () => boolean, due: () => void) {
    this.#areKept = areKept
    this.#due = due
  }

  /** Whether there are some that the receiver may take now. */
  get areDue(): boolean {
    return clock.now() - this.#refusedAt >= JUST_MS && this.#areKept()
  }

  /** Whether there are any is looked up after this time, once. */
  lookIn(ms: number): void {
    this.#timer ??= setTimeout(() => this.#areKept() && this.#due(), ms).unref()
  }

  /** The receiver has not taken them. */
  refused(): void {
    this.#refusedAt = clock.now()
    this.#pauseMs = longerPause(this.#pauseMs)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.lookIn(jittered(this.#pauseMs))
  }

  taken(): void {
    this.#refusedAt = Number.NEGATIVE_INFINITY
    this.#pauseMs = 0
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
