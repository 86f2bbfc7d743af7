import { dirname } from 'node:path'
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
/** The id of a file that is not there yet, in the place of one that was moved. */
const NO_FILE = ''

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
  /** Logs that are being looked for elsewhere: two may have changed places. */
  readonly #leaving = new Set<FollowedFile>()

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
        this.#unlessClaimed(path, stampOf(stats), others, (stamp) => this.#found(path, stamp, isFirst, due, others))
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
      this.#unlessClaimed(found, stampOf(stats), others, (stamp) => this.#found(found, stamp, false, due, others))
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

  #found(path: string, stamp: FileStamp, isFirst: boolean, due: Due, others: Others): void {
    this.#makeWay(path, stamp, due, others)
    const known = this.#files.get(path) ?? this.#movedTo(path, stamp, due)
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

  /** Another known log was moved to the path of one: numbered ones move up together, and the last of them is deleted. */
  #makeWay(path: string, stamp: FileStamp, due: Due, others: Others): void {
    const [here, moved] = [this.#files.get(path), this.#byId.get(stamp.id)]
    if (!here || !moved || here === moved || here.stamp.id === stamp.id || this.#leaving.has(here)) return
    if (!this.#isMovedTo(moved, path, stamp)) return
    const to = this.follower.movedPath?.(here)
    this.#leaving.add(here)
    if (to !== undefined) this.touch(to, due, others)
    // Unlike a file that takes the place of another whole, it has left its own path to the next.
    else if (here.stamp.id === NO_FILE || statsOf(moved.path) !== undefined) this.#forgetLog(here)
    this.#leaving.delete(here)
  }

  /** The known file that was moved to this path, alone or with its folder. */
  #movedTo(path: string, stamp: FileStamp, due: Due): FollowedFile | undefined {
    const file = this.#byId.get(stamp.id)
    if (file === undefined || !this.#isMovedTo(file, path, stamp)) return undefined
    const left = file.path
    this.#store.rename(file.number, path)
    this.#files.delete(left)
    file.path = path
    this.#add(file)
    this.#leave(file, left, stamp, due)
    return file
  }

  #isMovedTo(file: FollowedFile, path: string, stamp: FileStamp): boolean {
    // Where its folder was put behind a link, it is still there under its old path.
    const there = existingPath(file.path) === path ? undefined : statsOf(file.path)
    if (there && stampOf(there).id === stamp.id) return false
    return isSame(file.stamp, stamp) || this.follower.isMoved(file, path)
  }

  /** A log was moved away, most likely rotated: what comes in its place goes on from it. Not so where its whole folder was moved. */
  #leave(file: FollowedFile, path: string, { id }: FileStamp, due: Due): void {
    const mark = this.follower.markAfter?.(file)
    if (mark === undefined || statsOf(dirname(path)) === undefined) return
    const stats = statsOf(path)
    // It is still there, through a link.
    if (stats && stampOf(stats).id === id) return
    // Of numbered ones, the next has moved up.
    const next = stats && this.#movedTo(path, stampOf(stats), due)
    if (next) {
      due.changed(next, this)
      return
    }
    const stamp = { id: NO_FILE, size: NEVER_READ, mtimeMs: Date.now() }
    const number = this.#store.add(this.#key, path, stamp, mark)
    // A fork may still name it by this path.
    this.#store.copyLines(file.number, number)
    const one = { number, path, stamp }
    this.#files.set(path, one)
    if (stats === undefined) return
    this.#byId.set(stampOf(stats).id, one)
    due.changed(one, this)
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
