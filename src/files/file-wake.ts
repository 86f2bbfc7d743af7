import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds from a sign of a change to the look at it; a burst shares one. */
const BURST_MS = 10
/** Milliseconds until a file is looked at again that is being written. */
const WAITING_MS = 100
/** Milliseconds of steps before the process does something else. */
const LONGEST_LOOK_MS = 50
/** Milliseconds between two scans at the least, and how often a scan's own time lies between them: half a percent of a core. */
const LEAST_SCAN_MS = 1000
const SCAN_PAUSE = 200
/** Folders that are listened to. The system has a limit for all programs of a user. */
const MOST_FOLDERS = 4096

export interface FileLooks {
  scan(): void
  touch(path: string): void
  wakeWaiting(): void
  /** @returns whether there is more to do right away. Never throws. */
  step(): boolean
  /** No change in a folder is announced: the scan finds it. */
  unheard(folder: string): void
  isWaiting(): boolean
}

/** Looks at files when they may have changed, and slowly at all of them, as not every mount announces changes. */
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

  /** From now on. It keeps the process alive. */
  start(): void {
    this.#scanAndGoOn()
  }

  /** Listens to a folder. */
  listen(folder: string): void {
    if (this.#watchers.has(folder) || !this.#isOpen) return
    if (this.#watchers.size >= MOST_FOLDERS) {
      this.#looks.unheard(folder)
      return
    }
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null) return
        this.#touched.add(join(folder, name))
        this.#schedule(BURST_MS)
      })
      const forget = () => {
        watcher.close()
        this.#watchers.delete(folder)
      }
      watcher.on('error', forget)
      this.#watchers.set(folder, watcher)
    } catch (error) {
      // Where there is no such folder yet, the scan looks.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#looks.unheard(folder)
    }
  }

  /** Ends it, with what has happened up to now. */
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
    this.#looks.wakeWaiting()
    const until = performance.now() + LONGEST_LOOK_MS
    let more = true
    while (more && performance.now() < until) more = this.#looks.step()
    if (more) this.#schedule(0)
    else if (this.#looks.isWaiting()) this.#schedule(WAITING_MS)
  }
}
