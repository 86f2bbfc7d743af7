import { lstatSync, realpathSync } from 'node:fs'
import type { Glob } from '../mapping/glob.ts'
import type { FileStore } from './file-store.ts'
import type { FollowedFile } from './followed-file.ts'
import type { Follower } from './follower.ts'
import { type Finds, findAt, findFiles } from './found-files.ts'
import { digest, type FileStamp, stampOf } from './read-file.ts'

/** What is to be done with a file that was found. */
export interface Due {
  /** Something may have happened in it. */
  readonly now: (file: FollowedFile, of: MappedFiles) => void
  /** It was there at first, and has to be read before it changes. */
  readonly once: (file: FollowedFile, of: MappedFiles) => void
}

/** Milliseconds after its last change for which a deleted log is remembered. */
const FORGOTTEN_MS = 30 * 86_400_000
/** The size of a file that has to be read, whatever becomes of this process. */
const NEVER_READ = -1

/** The files of one mapping. */
export class MappedFiles {
  readonly globs: readonly Glob[]
  readonly follower: Follower
  readonly #key: string
  readonly #store: FileStore
  readonly #files = new Map<string, FollowedFile>()
  /** By what they are, whatever their names. */
  readonly #byId = new Map<string, FollowedFile>()

  /** @param key What the mapping's state is kept by. */
  constructor(key: string, globs: readonly Glob[], store: FileStore, follower: (of: MappedFiles) => Follower) {
    this.#key = key
    this.#store = store
    this.globs = globs
    this.follower = follower(this)
    this.remember()
  }

  get size(): number {
    return this.#files.size
  }

  at(path: string): FollowedFile | undefined {
    return this.#files.get(path)
  }

  forget(file: FollowedFile): void {
    this.#files.delete(file.path)
  }

  /** Takes what is kept of them. */
  remember(): void {
    this.#files.clear()
    this.#byId.clear()
    for (const file of this.#store.files(this.#key)) this.#add(file)
  }

  /** Looks for all of them. */
  scan(due: Due, others: Omit<Finds, 'file'>): void {
    const seen = new Set<string>()
    const roots: string[] = []
    for (const glob of this.globs) {
      const real = rooted(glob)
      roots.push(`${real.root}/`)
      const name = digest([glob.root, ...glob.names].join('/'))
      const isMet = this.#store.isMet(this.#key, name)
      // A log goes on from where another mapping has read it; a document was read for other parts.
      const isFirst = !isMet && (this.follower.compares || !this.#store.wasMet(name))
      const file: Finds['file'] = (path, stats) => {
        seen.add(path)
        this.#found(path, stampOf(stats), isFirst, due)
      }
      findFiles(real, { ...others, file })
      if (!isMet) this.#store.meet(this.#key, name)
    }
    for (const [path, file] of this.#files) {
      // What an earlier process has followed elsewhere is its affair.
      if (seen.has(path) || !roots.some((root) => path.startsWith(root))) continue
      if (this.follower.compares) due.now(file, this)
      else if (Date.now() - file.stamp.mtimeMs > FORGOTTEN_MS) this.#forgetLog(file)
    }
  }

  /** Looks at one path. */
  touch(path: string, due: Due, others: Omit<Finds, 'file'>): void {
    const file: Finds['file'] = (found, stats) => this.#found(found, stampOf(stats), false, due)
    for (const glob of this.globs) findAt(rooted(glob), path, { ...others, file })
  }

  /** A log that is not there any more, of which others may be copies for a while. */
  #forgetLog(file: FollowedFile): void {
    this.#store.remove(file.number)
    this.forget(file)
  }

  #found(path: string, stamp: FileStamp, isFirst: boolean, due: Due): void {
    const known = this.#files.get(path) ?? this.#movedTo(path, stamp)
    if (known) {
      if (isSame(known.stamp, stamp)) return
      this.#byId.set(stamp.id, known)
      due.now(known, this)
      return
    }
    const { compares } = this.follower
    const earlier = compares ? undefined : this.#store.earlier(path)
    const isChanged = earlier === undefined ? !isFirst : !isSame(earlier.stamp, stamp)
    const read = isChanged || compares ? { ...stamp, size: NEVER_READ } : stamp
    const number = this.#store.add(this.#key, path, read, this.follower.firstMark(stamp, isFirst, earlier?.mark))
    const file = this.#add({ number, path, stamp: read })
    if (isChanged) due.now(file, this)
    else if (compares) due.once(file, this)
  }

  /** The file that has come to a path from another one, as all files of a folder do that is moved. */
  #movedTo(path: string, stamp: FileStamp): FollowedFile | undefined {
    const file = this.#byId.get(stamp.id)
    if (file === undefined) return undefined
    const there = lstatSync(file.path, { throwIfNoEntry: false })
    if (there && stampOf(there).id === stamp.id) return undefined
    if (!isSame(file.stamp, stamp) && !this.follower.isMoved(file, path)) return undefined
    this.#store.rename(file.number, path)
    this.#files.delete(file.path)
    file.path = path
    return this.#add(file)
  }

  #add(file: FollowedFile): FollowedFile {
    this.#files.set(file.path, file)
    this.#byId.set(file.stamp.id, file)
    return file
  }
}

/** By the one path of its folder, whatever links lead there: two globs may mean the same files. */
function rooted(glob: Glob): Glob {
  try {
    return { ...glob, root: realpathSync(glob.root) }
  } catch {
    return glob
  }
}

function isSame(one: FileStamp, other: FileStamp): boolean {
  return one.id === other.id && one.size === other.size && one.mtimeMs === other.mtimeMs
}
