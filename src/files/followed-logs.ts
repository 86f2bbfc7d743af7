import { lstatSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { existingPath } from '../base/real-path.ts'
import type { GoalFiles } from '../mapping/goal-files.ts'
import { LONGEST_LINE, linesFrom, linesTo } from './file-lines.ts'
import { nameOf } from './file-name.ts'
import type { FollowedFile } from './followed-file.ts'
import {
  type FileStep,
  type Follower,
  type FollowerOptions,
  negativeSentence,
  unknownSentence,
  unnamedSentence,
} from './follower.ts'
import { LogLines, type LogReading, type ReadBefore } from './log-lines.ts'
import { firstLogMark, type LogMark, rewrittenLogMark } from './log-mark.ts'
import { Originals } from './originals.ts'
import { type FileStamp, ReadFile, stampOf } from './read-file.ts'

/** Bytes without a line about a goal that may have to be read again after a restart. Most lines are messages: keeping the mark after each would be half the work. */
const MOST_UNKEPT_BYTES = 4 << 20

/** Follows logs: every line is read once, in order. */
export class FollowedLogs implements Follower {
  readonly compares = false
  readonly #options: FollowerOptions
  readonly #lines: LogLines
  readonly #namesLines: boolean
  readonly #originals = new Originals()
  /** Marks that are not in the store yet, since no line about a goal was read. */
  readonly #unkept = new WeakMap<FollowedFile, { readonly mark: LogMark; readonly from: number }>()
  /** A fork reads its parent first. This stops files that name each other as parents. */
  readonly #reading = new Set<FollowedFile>()

  constructor(files: GoalFiles, options: FollowerOptions) {
    this.#options = options
    this.#lines = new LogLines(files, options.captureContent)
    this.#namesLines = files.lineId !== undefined
  }

  firstMark({ id, size }: FileStamp, isOld: boolean, earlier?: LogMark): LogMark {
    if (earlier === undefined) return firstLogMark(id, isOld ? size : 0)
    // It came after another was moved away from there.
    if (earlier.after !== undefined) return firstLogMark(id, 0)
    return firstLogMark(id, earlier.file === id ? Math.max(earlier.offset, earlier.oldTo) : size)
  }

  markAfter({ number }: FollowedFile): LogMark {
    return { ...firstLogMark('', 0), after: number }
  }

  isMoved(file: FollowedFile, path: string): boolean {
    const { offset, tail } = this.#mark(file)
    if (offset === 0) return false
    let opened: ReadFile | undefined
    try {
      opened = ReadFile.open(path)
      return opened !== undefined && opened.stamp.size >= offset && opened.tail(offset) === tail
    } catch {
      // It may not be read, which the step that reads it reports.
      return false
    } finally {
      opened?.close()
    }
  }

  movedPath(file: FollowedFile): string | undefined {
    const moved = movedFile(file.path, this.#mark(file))
    moved?.close()
    return moved?.path
  }

  step(file: FollowedFile): FileStep {
    const opened = ReadFile.open(file.path)
    // A deleted log ends no goal: only the session is gone.
    if (opened === undefined) return 'done'
    this.#reading.add(file)
    try {
      const mark = this.#markFor(opened, file)
      // It is followed under the name that a rotation has given it.
      if (mark === undefined) return 'more'
      if (this.#namesLines && mark.offset + mark.oldTo === 0) this.#readOriginals(opened, file)
      return this.#read(opened, file, mark) ? 'more' : 'done'
    } finally {
      this.#reading.delete(file)
      opened.close()
    }
  }

  /** A log that was there before it was followed is not read until it changes: the lines of a copy of it are not known yet. */
  #readOriginals(opened: ReadFile, file: FollowedFile): void {
    for (const one of this.#originals.of(file, opened, this.#options.all())) {
      const { offset, oldTo } = this.#mark(one)
      if (offset >= oldTo || this.#reading.has(one)) continue
      while (this.step(one) === 'more') {}
    }
  }

  /** Where to read on: after what was read, or at the beginning of a file that was rewritten. Undefined where it was moved, and is followed there. */
  #markFor(opened: ReadFile, file: FollowedFile): LogMark | undefined {
    const mark = this.#mark(file)
    const { id, size } = opened.stamp
    if (mark.after !== undefined) return this.#markAfter(mark.after, opened, file)
    const isSame = id === mark.file
    // An old file that was replaced before it was read: all of the new one counts as old, too.
    if (mark.offset === 0 && mark.oldTo > 0) return isSame && size >= mark.oldTo ? mark : firstLogMark(id, size)
    if ((isSame || mark.offset > 0) && size >= mark.offset && opened.tail(mark.offset) === mark.tail) return mark
    const rest = isSame ? undefined : movedFile(file.path, mark)
    if (rest === undefined) return rewrittenLogMark(mark, id)
    try {
      if (this.#options.moved(file, rest.path)) return undefined
      // It was rotated with lines that were not read yet.
      let last = mark
      while (this.#read(rest, file, last)) last = this.#mark(file)
      return rewrittenLogMark(this.#mark(file), id)
    } finally {
      rest.close()
    }
  }

  /** The start of a log in the place of another that was moved: it goes on from what that one knows at its end. */
  #markAfter(moved: number, { stamp }: ReadFile, file: FollowedFile): LogMark {
    const { all, store } = this.#options
    const before = [...all()].find(({ number }) => number === moved)
    if (before === undefined) return firstLogMark(stamp.id, 0)
    while (!this.#reading.has(before) && this.step(before) === 'more') {}
    store.copyLines(moved, file.number)
    return rewrittenLogMark(this.#mark(before), stamp.id)
  }

  /** @returns whether there is more. */
  #read(opened: ReadFile, file: FollowedFile, mark: LogMark): boolean {
    const { say } = this.#options
    const { lines, end, inLong, tooLong, more } = linesFrom(opened, mark.offset, mark.inLong)
    const reading = this.#lines.read(lines, mark, nameOf(file.path), this.#before(opened, file))
    const { stamp } = opened
    const read = { ...stamp, size: more ? end : stamp.size }
    const next: LogMark = { ...reading.mark, file: stamp.id, offset: end, tail: opened.tail(end), inLong }
    const from = this.#unkept.get(file)?.from ?? mark.offset
    // Which file it is has to be kept: it may be moved away before it is read again.
    const isSettled = mark.file === stamp.id && !mark.isRewritten
    const isQuiet = reading.changes.length + reading.keys.length === 0 && end - from < MOST_UNKEPT_BYTES
    if (isSettled && isQuiet) this.#unkept.set(file, { mark: next, from })
    else this.#keep(file, reading, read, next)
    file.stamp = read
    const unknown = unknownSentence(reading.changes)
    if (unknown) say(file.path, unknown)
    const negative = negativeSentence(reading.changes)
    if (negative) say(file.path, negative, 'negative')
    if (reading.unnamed > 0) say(file.path, unnamedSentence(reading.unnamed), 'unnamed')
    if (reading.fault) say(file.path, `it has a line that is ${reading.fault}, which is left out`)
    if (tooLong) say(file.path, `it has a line of more than ${LONGEST_LINE >> 20} MB, which is left out`)
    return more
  }

  #keep(file: FollowedFile, { changes, keys }: LogReading, read: FileStamp, mark: LogMark): void {
    const { store, write, found } = this.#options
    let written = 0
    store.transaction(() => {
      for (const change of changes) if (write(change, 'recorded', Date.now())) written++
      for (const { line, copy } of keys) store.addLine(file.number, line, copy)
      store.write(file.number, read, mark)
    })
    this.#unkept.delete(file)
    for (; written > 0; written--) found()
  }

  #mark(file: FollowedFile): LogMark {
    return this.#unkept.get(file)?.mark ?? (this.#options.store.mark(file.number) as LogMark)
  }

  #before(opened: ReadFile, file: FollowedFile): ReadBefore {
    const { store } = this.#options
    const parents = new Map<string, FollowedFile | undefined>()
    return {
      here: (line) => store.hasLine(file.number, line),
      inCopy: (copy) => store.hasCopy(file.number, copy),
      inParent: (path, line) => {
        if (!parents.has(path)) parents.set(path, this.#parent(resolve(dirname(file.path), path)))
        const parent = parents.get(path)
        return parent && store.hasLine(parent.number, line)
      },
      to: (offset) => linesTo(opened, offset),
    }
  }

  /** The parent that a forked session goes on from, read to its end; undefined where it is not followed. */
  #parent(path: string): FollowedFile | undefined {
    const { fileAt } = this.#options
    const parent = fileAt(path) ?? fileAt(existingPath(path) ?? path)
    if (parent === undefined || this.#reading.has(parent)) return undefined
    while (this.step(parent) === 'more') {}
    return parent
  }
}

/** The file that was read so far, under the name that a rotation has given it. */
function movedFile(path: string, { file, offset, tail }: LogMark): ReadFile | undefined {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    const stats = lstatSync(join(folder, name), { throwIfNoEntry: false })
    if (stats === undefined || stampOf(stats).id !== file) continue
    const found = ReadFile.open(join(folder, name))
    if (found && found.stamp.size >= offset && found.tail(offset) === tail) return found
    found?.close()
  }
  return undefined
}
