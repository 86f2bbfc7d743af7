import { reason } from '../base/diagnose.ts'
import { expandGlob } from '../mapping/glob.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { FileChange } from './file-change.ts'
import { FileStore } from './file-store.ts'
import { FollowedDocuments } from './followed-documents.ts'
import type { FollowedFile } from './followed-file.ts'
import { FollowedLogs } from './followed-logs.ts'
import type { FileStep } from './follower.ts'
import { type Due, MappedFiles } from './mapped-files.ts'
import { digest } from './read-file.ts'

export interface WatchedFilesOptions {
  readonly mappings: readonly GoalFiles[]
  readonly captureContent: boolean
  /** goaltrace's own file: how far files were read, and what was found. */
  readonly own: Connection
  /** By what globs are filled in. */
  readonly places: { readonly env: NodeJS.ProcessEnv; readonly home: string; readonly folder: string }
  readonly write: (files: GoalFiles, change: FileChange, source: 'recorded' | 'inferred', defaultMs: number) => boolean
  readonly found: () => void
  /** What the user has to know, as a sentence. */
  readonly say: (sentence: string) => void
  /** A folder in which files may appear. */
  readonly folder: (path: string) => void
}

/** Sentences that are said of files, at the most: hostile ones may be many. */
const MOST_SAID = 100

/** The files in which agents keep their goals, followed from outside. Nothing of it throws but the constructor. */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions
  readonly #store: FileStore
  readonly #mapped: readonly MappedFiles[]
  /** Files in which something may have happened. */
  readonly #due = new Map<FollowedFile, MappedFiles>()
  /** Files that were there at first, and have to be read before they change. */
  readonly #old = new Map<FollowedFile, MappedFiles>()
  /** Files that are looked at again in a moment. */
  readonly #later = new Map<FollowedFile, MappedFiles>()
  readonly #finds: Due = { now: (file, of) => this.#due.set(file, of), once: (file, of) => this.#old.set(file, of) }
  readonly #said = new Set<string>()
  #fault = ''
  #isForgotten = false

  /** @throws {Error} where a newer goaltrace has watched the files. */
  constructor(options: WatchedFilesOptions) {
    this.#options = options
    const keys = options.mappings.map((files) => digest(JSON.stringify([files, options.captureContent])))
    this.#store = new FileStore(options.own, keys)
    this.#mapped = options.mappings.map((files, n) => this.#mappedBy(files, keys[n] as string))
  }

  /** How many files are followed. */
  get size(): number {
    return this.#mapped.reduce((sum, { size }) => sum + size, 0)
  }

  /** Where files are looked for. */
  get places(): string[] {
    return this.#mapped.flatMap(({ globs }) => globs.map(({ root, names }) => [root, ...names].join('/')))
  }

  /** Whether something may have happened in a file. */
  get isDue(): boolean {
    return this.#due.size > 0
  }

  /** Whether a file is looked at again in a moment, though nothing is announced of it. */
  get isWaiting(): boolean {
    return this.#later.size > 0
  }

  /** Looks for files that are new, have changed or are gone. */
  scan(): void {
    this.#find((files) => files.scan(this.#finds, this.#others))
    if (this.#fault === '' && !this.#isForgotten) this.#forget()
  }

  /** Something has happened at a path. */
  touch(path: string): void {
    for (const files of this.#mapped) {
      const known = files.at(path)
      if (known) this.#due.set(known, files)
    }
    if (this.#mapped.some((files) => files.at(path) === undefined)) {
      this.#find((files) => files.at(path) ?? files.touch(path, this.#finds, this.#others))
    }
  }

  /** Files that were to be looked at again are due. */
  wakeWaiting(): void {
    for (const [file, files] of this.#later) this.#due.set(file, files)
    this.#later.clear()
  }

  /**
   * Takes what has happened in one of the files that are due, or a part of it.
   * @returns whether there is more to take right away.
   */
  step(): boolean {
    const [next] = this.#due.size > 0 ? this.#due : this.#old
    if (next === undefined) return false
    const [file, files] = next
    const step = this.#step(file, files)
    if (step === 'more') return true
    this.#due.delete(file)
    this.#old.delete(file)
    if (step === 'soon') this.#later.set(file, files)
    if (step === 'gone') files.forget(file)
    return this.#due.size + this.#old.size > 0
  }

  #step(file: FollowedFile, { follower }: MappedFiles): FileStep {
    try {
      return follower.step(file)
    } catch (error) {
      this.#say(file.path, `it cannot be read just now, and is tried again: ${reason(error)}`)
      // By the next scan.
      return 'done'
    }
  }

  /** Once all files were met, what an earlier mapping knew of them is not needed. */
  #forget(): void {
    this.#isForgotten = true
    if (!this.#store.forgetUnused()) return
    this.#options.say(
      'a mapping is another one than before: logs go on where they were read, documents are followed from here on',
    )
  }

  /** Finds files, which the store has to know as well. */
  #find(find: (files: MappedFiles) => void): void {
    try {
      this.#store.transaction(() => {
        for (const files of this.#mapped) find(files)
      })
      this.#fault = ''
    } catch (error) {
      this.#due.clear()
      this.#old.clear()
      for (const files of this.#mapped) files.remember()
      const fault = reason(error)
      if (fault !== this.#fault)
        this.#options.say(`files are looked for again in a while, because that failed: ${fault}`)
      this.#fault = fault
    }
  }

  get #others() {
    return {
      folder: this.#options.folder,
      refused: (path: string) => this.#say(path, 'it is a link or no file, and is left out'),
    }
  }

  #mappedBy(files: GoalFiles, key: string): MappedFiles {
    const { captureContent, write, found, places } = this.#options
    const globs = files.path.flatMap((glob) => expandGlob(glob, places.env, places.home, places.folder) ?? [])
    return new MappedFiles(key, globs, this.#store, (of) => {
      const options = {
        ...{ store: this.#store, captureContent, found },
        write: (change: FileChange, source: 'recorded' | 'inferred', ms: number) => write(files, change, source, ms),
        say: (path: string, sentence: string) => this.#say(path, sentence),
        fileAt: (path: string) => of.at(path),
      }
      return files.read === 'lines' ? new FollowedLogs(files, options) : new FollowedDocuments(files, options)
    })
  }

  #say(path: string, sentence: string): void {
    const whole = `${path}: ${sentence}`
    if (this.#said.has(whole) || this.#said.size > MOST_SAID) return
    this.#said.add(whole)
    this.#options.say(this.#said.size > MOST_SAID ? 'more files are left out, which are not named' : whole)
  }
}
