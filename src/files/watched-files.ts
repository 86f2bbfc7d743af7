import type { Stats } from 'node:fs'
import { reason } from '../base/diagnose.ts'
import { expandGlob, type Glob } from '../mapping/glob.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { FileChange } from './file-change.ts'
import { FileStore } from './file-store.ts'
import { FollowedDocuments } from './followed-documents.ts'
import { FollowedLogs } from './followed-logs.ts'
import type { FollowedFile, Follower } from './follower.ts'
import { type Finds, findAt, findFiles } from './found-files.ts'
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

/** Files of one mapping. */
interface Followed {
  readonly key: string
  readonly globs: readonly Glob[]
  readonly follower: Follower
  readonly files: Map<string, FollowedFile>
}

/** The size of a file that has to be read, whatever becomes of this process. */
const NEVER_READ = -1
/** Sentences that are said, at the most: hostile files may be many. */
const MOST_SAID = 100

/** The files in which agents keep their goals, followed from outside. */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions
  readonly #store: FileStore
  readonly #followed: readonly Followed[]
  /** Files in which something may have happened. */
  readonly #due = new Map<FollowedFile, Followed>()
  /** Files that were there at first, and have to be read before they change. */
  readonly #old = new Map<FollowedFile, Followed>()
  /** Files that are looked at again in a moment. */
  readonly #later = new Map<FollowedFile, Followed>()
  readonly #said = new Set<string>()

  /** @throws {Error} where a newer goaltrace has watched the files. */
  constructor(options: WatchedFilesOptions) {
    this.#options = options
    this.#store = new FileStore(options.own)
    this.#followed = options.mappings.map((files) => this.#followedBy(files))
  }

  /** How many files are followed. */
  get size(): number {
    return this.#followed.reduce((sum, { files }) => sum + files.size, 0)
  }

  /** Where files are looked for. */
  get places(): string[] {
    return this.#followed.flatMap(({ globs }) =>
      globs.map(({ root, names }) => [root, ...names].join('/').replace('//', '/')),
    )
  }

  /** Whether a file is looked at again in a moment, though nothing is announced of it. */
  get isWaiting(): boolean {
    return this.#later.size > 0
  }

  /** Whether something may have happened in a file. */
  get isDue(): boolean {
    return this.#due.size > 0
  }

  /** Looks for files that are new, have changed or are gone. */
  scan(): void {
    this.#store.transaction(() => {
      for (const followed of this.#followed) {
        const seen = new Set<string>()
        for (const glob of followed.globs) {
          const name = digest([glob.root, ...glob.names].join('/'))
          const isFirst = !this.#store.isMet(followed.key, name)
          findFiles(glob, this.#finds(followed, isFirst, seen))
          if (isFirst) this.#store.meet(followed.key, name)
        }
        if (!followed.follower.compares) continue
        for (const [path, file] of followed.files) if (!seen.has(path)) this.#due.set(file, followed)
      }
    })
  }

  /** Something has happened at a path. */
  touch(path: string): void {
    for (const followed of this.#followed) {
      const known = followed.files.get(path)
      if (known) this.#due.set(known, followed)
      else for (const glob of followed.globs) findAt(glob, path, this.#finds(followed, false))
    }
  }

  /** Files that were to be looked at again are due. */
  wakeWaiting(): void {
    for (const [file, followed] of this.#later) this.#due.set(file, followed)
    this.#later.clear()
  }

  /**
   * Takes what has happened in one of the files that are due, or a part of it.
   * @returns whether there is more to take right away.
   */
  step(): boolean {
    const [next] = this.#due.size > 0 ? this.#due : this.#old
    if (next === undefined) return false
    const [file, followed] = next
    let step: ReturnType<Follower['step']>
    try {
      step = followed.follower.step(file)
    } catch (error) {
      this.#say(file.path, `it cannot be read just now, and is tried again: ${reason(error)}`)
      // By the next scan.
      step = 'done'
    }
    if (step === 'more') return true
    this.#due.delete(file)
    this.#old.delete(file)
    if (step === 'soon') this.#later.set(file, followed)
    if (step === 'gone') followed.files.delete(file.path)
    return this.#due.size + this.#old.size > 0
  }

  #followedBy(files: GoalFiles): Followed {
    const { captureContent, write, found, places } = this.#options
    const key = digest(JSON.stringify([files, captureContent]))
    const known = new Map(this.#store.files(key).map((file) => [file.path, { ...file }]))
    const options = {
      ...{ store: this.#store, captureContent, found },
      write: (change: FileChange, source: 'recorded' | 'inferred', ms: number) => write(files, change, source, ms),
      say: (path: string, sentence: string) => this.#say(path, sentence),
      fileAt: (path: string) => known.get(path),
    }
    const follower = files.read === 'lines' ? new FollowedLogs(files, options) : new FollowedDocuments(files, options)
    const globs = files.path.flatMap((glob) => expandGlob(glob, places.env, places.home, places.folder) ?? [])
    return { key, globs, follower, files: known }
  }

  #finds(followed: Followed, isFirst: boolean, seen?: Set<string>): Finds {
    const { files, follower, key } = followed
    return {
      folder: this.#options.folder,
      refused: (path) => this.#say(path, 'it is a link or no file, and is left out'),
      file: (path, { size, mtimeMs, dev, ino }: Stats) => {
        seen?.add(path)
        const known = files.get(path)
        if (known?.size === size && known.mtimeMs === mtimeMs) return
        const mark = known ?? follower.firstMark({ id: `${dev}:${ino}`, size }, isFirst)
        const isRead = isFirst && !follower.compares
        const seenSize = isRead ? size : NEVER_READ
        const file = known ?? { id: this.#store.add(key, path, seenSize, mtimeMs, mark), path, size: seenSize, mtimeMs }
        files.set(path, file)
        if (known || !isFirst) this.#due.set(file, followed)
        else if (follower.compares) this.#old.set(file, followed)
      },
    }
  }

  #say(path: string, sentence: string): void {
    const whole = `${path}: ${sentence}`
    if (this.#said.has(whole) || this.#said.size > MOST_SAID) return
    this.#said.add(whole)
    this.#options.say(this.#said.size > MOST_SAID ? 'more files are left out, which are not named' : whole)
  }
}
