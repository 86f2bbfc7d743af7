/** The pauses after which requests that failed are sent again. A process that ends has no time for them. */
export class Retries {
  #stopped = false
  readonly #pauses = new Set<(again: boolean) => void>()

  get isStopped(): boolean {
    return this.#stopped
  }

  /** Resolves after the pause with true, or with false as soon as nothing is to be sent again. */
  async pause(ms: number): Promise<boolean> {
    if (this.#stopped) return false
    return new Promise((resolve) => {
      const end = (again: boolean) => {
        clearTimeout(timer)
        this.#pauses.delete(end)
        resolve(again)
      }
      const timer = setTimeout(end, ms, true).unref()
      this.#pauses.add(end)
    })
  }

  /** What fails from now on is not sent again, nor what pauses just now. */
  stop(): void {
    this.#stopped = true
    for (const end of [...this.#pauses]) end(false)
  }

  resume(): void {
    this.#stopped = false
  }
}
