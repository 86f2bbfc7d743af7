import { join } from 'node:path'
import { reason } from '../base/diagnose.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import type { Connection } from '../sqlite/connection.ts'
import { type ClaimedGlobs, claimedBy, EarlierClaims, type Places } from './claimed-globs.ts'
import { digest } from './digest.ts'
import type { FileChange } from './file-change.ts'
import { FileNotes } from './file-notes.ts'
import { FileStore } from './file-store.ts'
import { FollowedDocuments } from './followed-documents.ts'
import type { FollowedFile } from './followed-file.ts'
import { FollowedLogs } from './followed-logs.ts'
import type { FileStep } from './follower.ts'
import { type Due, MappedFiles } from './mapped-files.ts'

export interface WatchedFilesOptions {
  readonly mappings: readonly GoalFiles[]
  readonly captureContent: boolean
  /** goaltrace's own SQLite file, with the file store and the outbox. */
  readonly own: Connection
  /** Whether other mappings are followed by another process now: what is known of them is forgotten, and not said. */
  readonly isPartial?: boolean
  /** What entries before these follow. */
  readonly earlier?: readonly ClaimedGlobs[] | undefined
  /** For `~`, variables and relative paths in globs. */
  readonly places: Places
  readonly write: (files: GoalFiles, change: FileChange, source: 'recorded' | 'inferred', defaultMs: number) => boolean
  /** Called for each change that emits an event, once it is kept. */
  readonly found: () => void
  /** What the user has to know, as a sentence. */
  readonly say: (sentence: string) => void
  /** Called with each folder in which files may appear, to be listened to. */
  readonly folder: (path: string) => void
}

/**
 * The files in which agents keep their goals, followed from outside. `scan` and `touch` have each mapping's files found
 * (MappedFiles) and queue those that are new or changed; `step` has the next one read (FollowedLogs, FollowedDocuments), which
 * writes its changes. FileWake decides when. Nothing throws but the constructor.
 */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions
  readonly #store: FileStore
  readonly #mapped: readonly MappedFiles[]
  /** New and changed files. */
  readonly #due = new Map<FollowedFile, MappedFiles>()
  /** Files that were there before they were followed, read when nothing else is due. */
  readonly #initial = new Map<FollowedFile, MappedFiles>()
  /** Files to read again soon, such as a half-written document. */
  readonly #retries = new Map<FollowedFile, MappedFiles>()
  readonly #finds: Due = {
    changed: (file, of) => this.#due.set(file, of),
    initial: (file, of) => this.#initial.set(file, of),
  }
  readonly #notes: FileNotes
  #fault = ''
  #isForgotten = false

  /** @throws {Error} where a newer goaltrace has watched the files. */
  constructor(options: WatchedFilesOptions) {
    this.#options = options
    this.#notes = new FileNotes(options.say)
    const keys = options.mappings.map((files) => digest(JSON.stringify([files, options.captureContent])))
    this.#store = new FileStore(options.own, keys)
    const claimed = claimedBy(options.mappings, options.places)
    this.#mapped = options.mappings.map((files, n) => {
      const earlier = [...(options.earlier ?? []), ...claimed.slice(0, n)]
      return this.#mappedBy(files, keys[n] as string, claimed[n] as ClaimedGlobs, earlier)
    })
  }

  /** How many files are followed. */
  get size(): number {
    return this.#mapped.reduce((sum, { size }) => sum + size, 0)
  }

  /** Where files are looked for. */
  get places(): string[] {
    return this.#mapped.flatMap(({ globs }) => globs.map(({ root, names }) => join(root, ...names)))
  }

  /** Whether a new or changed file is still to be read. */
  get isDue(): boolean {
    return this.#due.size > 0
  }

  /** Whether a file has to be read again soon, though no change of it is reported. */
  get hasRetries(): boolean {
    return this.#retries.size > 0
  }

  /** Looks for files that are new, have changed or are gone. */
  scan(): void {
    this.#find((files) => files.scan(this.#finds, this.#notes.others(files, this.#options.folder)))
    if (this.#fault === '' && !this.#isForgotten) this.#forget()
  }

  /** The system has reported a change at a path. */
  touch(path: string): void {
    for (const files of this.#mapped) {
      const known = files.at(path)
      if (known) this.#due.set(known, files)
    }
    if (this.#mapped.some((files) => files.at(path) === undefined)) {
      this.#find(
        (files) => files.at(path) ?? files.touch(path, this.#finds, this.#notes.others(files, this.#options.folder)),
      )
    }
  }

  /** Queues the files that had to be read again. */
  retry(): void {
    for (const [file, files] of this.#retries) this.#due.set(file, files)
    this.#retries.clear()
  }

  /**
   * Reads one of the queued files, or a part of it.
   * @returns whether there is more to read right away.
   */
  step(): boolean {
    const [next] = this.#due.size > 0 ? this.#due : this.#initial
    if (next === undefined) return false
    const [file, files] = next
    const step = this.#step(file, files)
    if (step === 'more') return true
    this.#due.delete(file)
    this.#initial.delete(file)
    if (step === 'soon') this.#retries.set(file, files)
    if (step === 'gone') files.forget(file)
    return this.#due.size + this.#initial.size > 0
  }

  #step(file: FollowedFile, { follower }: MappedFiles): FileStep {
    try {
      return follower.step(file)
    } catch (error) {
      this.#notes.say(file.path, `it cannot be read just now, and is tried again: ${reason(error)}`)
      // The next scan finds it again.
      return 'done'
    }
  }

  #moved(files: MappedFiles, file: FollowedFile, path: string): boolean {
    this.#find(
      (one) => one === files && files.touch(path, this.#finds, this.#notes.others(files, this.#options.folder)),
    )
    return file.path === path
  }

  /** Once all files are found, the marks of unused mappings have been taken over. */
  #forget(): void {
    this.#isForgotten = true
    if (!this.#store.forgetUnused() || this.#options.isPartial) return
    this.#options.say('a mapping has changed: logs go on where they were read, documents are followed from now on')
  }

  /** Finds files in one transaction: where it fails, the queue and the known files must be as the store has them. */
  #find(find: (files: MappedFiles) => unknown): void {
    try {
      this.#store.transaction(() => {
        for (const files of this.#mapped) find(files)
      })
      this.#fault = ''
    } catch (error) {
      this.#due.clear()
      this.#initial.clear()
      for (const files of this.#mapped) files.reload()
      const fault = reason(error)
      if (fault !== this.#fault)
        this.#options.say(`files are looked for again in a while, because that failed: ${fault}`)
      this.#fault = fault
    }
  }

  #mappedBy(
    files: GoalFiles,
    key: string,
    { name, globs }: ClaimedGlobs,
    earlier: readonly ClaimedGlobs[],
  ): MappedFiles {
    const { captureContent, write, found } = this.#options
    const claims = new EarlierClaims(earlier)
    const follower = (of: MappedFiles) => {
      const options = {
        ...{ store: this.#store, captureContent, found },
        write: (change: FileChange, source: 'recorded' | 'inferred', ms: number) => write(files, change, source, ms),
        say: (path: string, sentence: string, kind?: string) => this.#notes.say(path, sentence, kind),
        fileAt: (path: string) => of.at(path),
        moved: (file: FollowedFile, path: string) => this.#moved(of, file, path),
        all: () => of.all,
      }
      return files.read === 'lines' ? new FollowedLogs(files, options) : new FollowedDocuments(files, options)
    }
    return new MappedFiles({ name, key, globs, store: this.#store, claims, follower })
  }
}
