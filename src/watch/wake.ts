import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Milliseconds between two looks at a file that is being written to; a log begun again overwrites itself no sooner. */
const BUSY_MS = 10
/** Milliseconds between two looks at a file at rest. Some file systems and mounts announce nothing. */
const IDLE_MS = 1000
/** Looks without a find after which a file is at rest. */
const MOST_IDLE_LOOKS = 20

/** Calls back when a database or its log may have changed. It keeps the process alive. */
export class Wake {
  readonly #look: () => boolean
  readonly #names: ReadonlySet<string>
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0
  #idleLooks = 0
  #due = Number.POSITIVE_INFINITY

  /** @param look Returns whether there was something. Never throws. */
  constructor(file: string, look: () => boolean) {
    this.#look = look
    const name = basename(file)
    this.#names = new Set([name, `${name}-wal`, `${name}-journal`])
    this.#listen(dirname(file))
    this.#now()
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    clearTimeout(this.#timer)
    this.#due = Number.POSITIVE_INFINITY
  }

  #listen(folder: string): void {
    try {
      this.#watcher = watch(folder, (event, name) => {
        if (name !== null && !this.#names.has(name)) return
        this.#idleLooks = 0
        // A log that appears may be gone in a moment, so it is opened at once.
        this.#schedule(event === 'rename' ? 0 : Math.max(0, this.#lookedAt + BUSY_MS - Date.now()))
      })
      this.#watcher.on('error', () => {})
    } catch {
      // Without it the timer alone looks.
    }
  }

  #schedule(delay: number): void {
    const due = Date.now() + delay
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    if (delay === 0) this.#now()
    else this.#timer = setTimeout(() => this.#now(), delay).ref()
  }

  #now(): void {
    this.#due = Number.POSITIVE_INFINITY
    const found = this.#look()
    this.#lookedAt = Date.now()
    this.#idleLooks = found ? 0 : this.#idleLooks + 1
    this.#schedule(this.#idleLooks < MOST_IDLE_LOOKS ? BUSY_MS : IDLE_MS)
  }
}
