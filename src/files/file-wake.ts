import { type FSWatcher, watch } from 'node:fs'
import { basename, join } from 'node:path'

/** Milliseconds from a reported change until files are read; all changes of a burst share one look. */
const BURST_MS = 10
/** Milliseconds until a file that was half written is read again. */
const RETRY_MS = 100
/** Milliseconds of steps before the event loop gets a turn. */
const LONGEST_LOOK_MS = 50
/** The pause between two scans: 200 times as long as one takes, which is half a percent of a core, and at least this many milliseconds. */
const LEAST_SCAN_MS = 1000
const SCAN_PAUSE = 200
/** Folders that are listened to. The system has a limit for all programs of a user. */
const MOST_FOLDERS = 4096

export interface FileLooks {
  scan(): void
  touch(path: string): void
  retry(): void
  /** @returns whether there is more to do right away. Never throws. */
  step(): boolean
  /** The system reports no changes in this folder: only scans find them. */
  unwatchable(folder: string): void
  hasRetries(): boolean
}

/** Decides when files are read: when the system reports a change, and in slow scans of all of them, since not every mount reports changes. */
export class FileWake {
  readonly #looks: FileLooks
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #touched = new Set<string>()
  #look: NodeJS.Timeout | undefined
  #scan: NodeJS.Timeout | undefined
  #isOpen = true

  constructor(looks: FileLooks) {
    this.#looks = looks
  }

  /** Starts. Its timers keep the process alive. */
  start(): void {
    this.#scanAndGoOn()
  }

  /** Listens to a folder. */
  listen(folder: string): void {
    if (this.#watchers.has(folder) || !this.#isOpen) return
    if (this.#watchers.size >= MOST_FOLDERS) {
      this.#looks.unwatchable(folder)
      return
    }
    try {
      const watcher = watch(folder, (event, name) => {
        if (name === null) return
        this.#touched.add(join(folder, name))
        this.#schedule(BURST_MS)
        // The folder itself was removed or moved: what is at its path now, or later, is another one.
        if (event !== 'rename' || name !== basename(folder)) return
        forget()
        this.listen(folder)
      })
      const forget = () => {
        watcher.close()
        this.#watchers.delete(folder)
      }
      watcher.on('error', forget)
      this.#watchers.set(folder, watcher)
    } catch (error) {
      // Scans find a folder that does not exist yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#looks.unwatchable(folder)
    }
  }

  /** Stops, without a last look. */
  close(): void {
    this.#isOpen = false
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
    clearTimeout(this.#look)
    clearTimeout(this.#scan)
  }

  #scanAndGoOn(): void {
    const begin = performance.now()
    this.#looks.scan()
    const took = performance.now() - begin
    if (!this.#isOpen) return
    this.#scan = setTimeout(() => this.#scanAndGoOn(), Math.max(LEAST_SCAN_MS, took * SCAN_PAUSE))
    this.#schedule(0)
  }

  #schedule(delay: number): void {
    if (this.#look !== undefined || !this.#isOpen) return
    this.#look = setTimeout(() => {
      this.#look = undefined
      this.#now()
    }, delay)
  }

  #now(): void {
    for (const path of this.#touched) this.#looks.touch(path)
    this.#touched.clear()
    this.#looks.retry()
    const until = performance.now() + LONGEST_LOOK_MS
    let more = true
    while (more && performance.now() < until) more = this.#looks.step()
    if (more) this.#schedule(0)
    else if (this.#looks.hasRetries()) this.#schedule(RETRY_MS)
  }
}
