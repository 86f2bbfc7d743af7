import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Milliseconds between two looks at a file that is being written to; a log begun again overwrites itself no sooner. */
const BUSY_MS = 10
/** Milliseconds between two looks at a file at rest. Some file systems and mounts announce nothing. */
const IDLE_MS = 1000
/** Looks without a find after which a file is at rest. */
const MOST_IDLE_LOOKS = 20
/** Milliseconds since a file last came or went, after which a log that is written to stays. */
const SETTLED_MS = 1000

/**
 * Calls back when a database or its log may have changed. It keeps the process alive. While a log is written to, nothing is listened
 * for: each write that is announced takes the writer 15 µs, a third of a commit.
 */
export class Wake {
  readonly #look: () => boolean
  readonly #folder: string
  readonly #names: ReadonlySet<string>
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0
  #renamedAt = 0
  #idleLooks = 0
  #due = Number.POSITIVE_INFINITY

  /** @param look Returns whether there was something. Never throws. */
  constructor(file: string, look: () => boolean) {
    this.#look = look
    const name = basename(file)
    this.#names = new Set([name, `${name}-wal`, `${name}-journal`])
    this.#folder = dirname(file)
    this.#listen()
    this.#now()
  }

  close(): void {
    this.#stopListening()
    clearTimeout(this.#timer)
    this.#due = Number.POSITIVE_INFINITY
  }

  #stopListening(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #listen(): void {
    try {
      this.#watcher = watch(this.#folder, (event, name) => {
        if (name !== null && !this.#names.has(name)) return
        if (event === 'rename') this.#renamedAt = Date.now()
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
    const isBusy = this.#idleLooks < MOST_IDLE_LOOKS
    if (found && this.#lookedAt - this.#renamedAt > SETTLED_MS) this.#stopListening()
    if (isBusy || this.#watcher !== undefined) {
      this.#schedule(isBusy ? BUSY_MS : IDLE_MS)
      return
    }
    this.#listen()
    // What came before that was not announced.
    this.#schedule(this.#watcher === undefined ? IDLE_MS : BUSY_MS)
  }
}
