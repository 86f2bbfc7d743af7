import { existingPath } from '../base/real-path.ts'
import { isWithin } from '../base/within.ts'
import type { Glob } from '../mapping/glob.ts'
import type { EarlierClaims } from './claimed-globs.ts'
import { digest } from './digest.ts'
import type { FileStore } from './file-store.ts'
import type { FollowedFile } from './followed-file.ts'
import type { Follower } from './follower.ts'
import { type Finds, findAt, findFiles, statsOf } from './found-files.ts'
import { type FileStamp, stampOf } from './read-file.ts'
import { rooted } from './rooted-glob.ts'

/** Where files that a scan has found are queued. */
export interface Due {
  /** It is new or has changed. */
  readonly changed: (file: FollowedFile, of: MappedFiles) => void
  /** It was there before it was followed, and has to be read before it changes. */
  readonly initial: (file: FollowedFile, of: MappedFiles) => void
}

export interface MappedFilesOptions {
  /** What the user calls them. */
  readonly name: string
  /** The mapping's, in the store. */
  readonly key: string
  readonly globs: readonly Glob[]
  readonly store: FileStore
  readonly claims: EarlierClaims
  readonly follower: (of: MappedFiles) => Follower
}

/** What a search comes across that is not followed. */
export interface Others extends Omit<Finds, 'file'> {
  /** A file that an earlier entry follows. */
  readonly claimed: (path: string, by: string) => void
}

/** Milliseconds after its last change for which a deleted log is remembered. */
const FORGOTTEN_MS = 30 * 86_400_000
/** Kept as the size of a file that still has to be read, so that the next process sees it as changed. */
const NEVER_READ = -1

/** The files that one mapping names: finds them, and recognizes those that are new, changed, moved or gone. */
export class MappedFiles {
  readonly name: string
  readonly globs: readonly Glob[]
  readonly follower: Follower
  readonly #key: string
  readonly #store: FileStore
  readonly #claims: EarlierClaims
  readonly #files = new Map<string, FollowedFile>()
  /** Those that an earlier entry follows, kept as old: where this one follows them later, their past was reported. */
  readonly #claimed = new Map<string, FollowedFile>()
  /** By their stamp's id, to recognize one that was moved. */
  readonly #byId = new Map<string, FollowedFile>()

  constructor({ name, key, globs, store, claims, follower }: MappedFilesOptions) {
    this.name = name
    this.#key = key
    this.#store = store
    this.#claims = claims
    this.globs = globs
    this.follower = follower(this)
    this.reload()
  }

  get size(): number {
    return this.#files.size
  }

  at(path: string): FollowedFile | undefined {
    return this.#files.get(path)
  }

  get all(): Iterable<FollowedFile> {
    return this.#files.values()
  }

  forget(file: FollowedFile): void {
    this.#files.delete(file.path)
  }

  /** Starts over from what the store has, as after a rollback. */
  reload(): void {
    this.#files.clear()
    this.#byId.clear()
    this.#claimed.clear()
    for (const file of this.#store.files(this.#key)) {
      if (this.#claims.on(file.path) === undefined) this.#add(file)
      else this.#claimed.set(file.path, file)
    }
  }

  /** Looks for all of them. */
  scan(due: Due, others: Others): void {
    this.#claims.refresh()
    const seen = new Set<string>()
    const roots: string[] = []
    for (const glob of this.globs) {
      const real = rooted(glob)
      roots.push(real.root)
      const name = digest([glob.root, ...glob.names].join('/'))
      const isScanned = this.#store.wasScanned(this.#key, name)
      // A log goes on where an unused mapping has left it; of a document, that one may have kept other parts.
      const isFirst = !isScanned && (this.follower.compares || !this.#store.wasScannedByUnused(name))
      const file: Finds['file'] = (path, stats) => {
        seen.add(path)
        this.#unlessClaimed(path, stampOf(stats), others, (stamp) => this.#found(path, stamp, isFirst, due))
      }
      findFiles(real, { ...others, file })
      if (!isScanned) this.#store.markScanned(this.#key, name)
    }
    // Below none of this process's globs, as where it was started with other variables.
    const isGone = (path: string) => !seen.has(path) && roots.some((root) => isWithin(path, root))
    for (const [path, { number }] of this.#claimed) {
      if (isGone(path) && this.#claimed.delete(path)) this.#store.remove(number)
    }
    for (const [path, file] of this.#files) {
      if (!isGone(path)) continue
      if (this.follower.compares) due.changed(file, this)
      else if (Date.now() - file.stamp.mtimeMs > FORGOTTEN_MS) this.#forgetLog(file)
    }
  }

  /** Looks at one path, in which the system has reported a change. */
  touch(path: string, due: Due, others: Others): void {
    const file: Finds['file'] = (found, stats) =>
      this.#unlessClaimed(found, stampOf(stats), others, (stamp) => this.#found(found, stamp, false, due))
    for (const glob of this.globs) findAt(rooted(glob), path, { ...others, file })
  }

  #unlessClaimed(path: string, stamp: FileStamp, { claimed }: Others, follow: (stamp: FileStamp) => void): void {
    const by = this.#claims.on(path)
    if (by !== undefined) {
      this.#keepClaimed(path, stamp)
      claimed(path, by)
      return
    }
    const was = this.#claimed.get(path)
    if (was && this.#claimed.delete(path)) this.#add(was)
    follow(stamp)
  }

  #keepClaimed(path: string, stamp: FileStamp): void {
    const known = this.#claimed.get(path)
    if (known && isSame(known.stamp, stamp)) return
    const mark = this.follower.firstMark(stamp, true)
    const read = this.follower.compares ? { ...stamp, size: NEVER_READ } : stamp
    if (known) this.#store.write(known.number, read, mark)
    const number = known?.number ?? this.#store.add(this.#key, path, read, mark)
    this.#claimed.set(path, { number, path, stamp })
  }

  /** Forgets a deleted log. Not at once, since forks of it may still have to be compared with it. */
  #forgetLog(file: FollowedFile): void {
    this.#store.remove(file.number)
    this.forget(file)
  }

  #found(path: string, stamp: FileStamp, isFirst: boolean, due: Due): void {
    const known = this.#files.get(path) ?? this.#movedTo(path, stamp)
    if (known) {
      if (isSame(known.stamp, stamp)) return
      this.#byId.set(stamp.id, known)
      due.changed(known, this)
      return
    }
    const { compares } = this.follower
    const earlier = compares ? undefined : this.#store.earlier(path)
    const isChanged = earlier === undefined ? !isFirst : !isSame(earlier.stamp, stamp)
    const read = isChanged || compares ? { ...stamp, size: NEVER_READ } : stamp
    const number = this.#store.add(this.#key, path, read, this.follower.firstMark(stamp, isFirst, earlier?.mark))
    const file = this.#add({ number, path, stamp: read })
    if (isChanged) due.changed(file, this)
    else if (compares) due.initial(file, this)
  }

  /** The known file that was moved to this path, alone or with its folder. */
  #movedTo(path: string, stamp: FileStamp): FollowedFile | undefined {
    const file = this.#byId.get(stamp.id)
    if (file === undefined) return undefined
    // Where its folder was put behind a link, it is still there under its old path.
    const there = existingPath(file.path) === path ? undefined : statsOf(file.path)
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

function isSame(one: FileStamp, other: FileStamp): boolean {
  return one.id === other.id && one.size === other.size && one.mtimeMs === other.mtimeMs
}
