type After = (ended: boolean) => void

/**
 * What must still happen on a connection after goaltrace's own code. V8 may end that code anywhere, as the `timeout` of
 * node:vm and the inspector's Runtime.terminateExecution do: then no `catch` and no `finally` runs
 * (TerminateExecution in https://v8.github.io/api/head/classv8_1_1Isolate.html), and the agent goes on. So it happens ahead
 * of the agent's next statement. V8 looks only at calls and in loops: fields that are set between two calls are set together.
 */
export class Unfinished {
  readonly #afters: After[] = []

  /** Whether there is any: goaltrace's code runs, or V8 has ended it. */
  get any(): boolean {
    return this.#afters.length > 0
  }

  /** As `try … finally`. @param after Called again where V8 ends it; `ended` says whether it has ended `run`. */
  finally<T>(run: () => T, after: After): T {
    this.#afters.push(after)
    try {
      return run()
    } finally {
      after(false)
      // With any that V8 has left above it.
      const at = this.#afters.lastIndexOf(after)
      if (at >= 0) this.#afters.length = at
    }
  }

  /** The last first. Each stays until all are done, as V8 may end this, too. */
  finish(): void {
    for (let at = this.#afters.length - 1; at >= 0; at--) {
      try {
        this.#afters[at]?.(true)
      } catch {
        // It has done what it could: nothing of goaltrace's may surface in the agent's statement.
      }
    }
    this.#afters.length = 0
  }
}
