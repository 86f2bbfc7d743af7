import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstLineOf, startNode } from './child.ts'

/** A backend that is down a third of the time: killed and started again, or suspended with its port open. */
export class FailingBackend {
  readonly url: string
  readonly #file: string
  readonly #port: string
  #process: ChildProcess
  #failing: Promise<void> = Promise.resolve()
  #stopped = false
  readonly #startedAt = performance.now()
  #downMs = 0

  static async start(file: string): Promise<FailingBackend> {
    const child = startNode(['bench/processes/backend.ts', file, '0'])
    return new FailingBackend(file, await firstLineOf(child), child)
  }

  private constructor(file: string, port: string, child: ChildProcess) {
    this.#file = file
    this.#port = port
    this.#process = child
    this.url = `http://127.0.0.1:${port}`
  }

  get downShare(): number {
    return this.#downMs / (performance.now() - this.#startedAt)
  }

  fail(): void {
    this.#failing = this.#fail()
  }

  /** Stays up from now on. */
  async recover(): Promise<void> {
    this.#stopped = true
    await this.#failing
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.signalCode === null) await once(this.#process, 'exit')
  }

  async #fail(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      await sleep(200 + Math.random() * 1200)
      const downAt = performance.now()
      // Down long enough to be down for a third of the total time.
      const forMs = Math.max(50, (downAt - this.#startedAt - this.#downMs) / 2 - this.#downMs)
      if (turn % 2 === 0) {
        await this.kill()
        await sleep(forMs)
        this.#process = startNode(['bench/processes/backend.ts', this.#file, this.#port])
        await firstLineOf(this.#process)
      } else {
        this.#process.kill('SIGSTOP')
        await sleep(forMs)
        this.#process.kill('SIGCONT')
      }
      this.#downMs += performance.now() - downAt
    }
  }
}
