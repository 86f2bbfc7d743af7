import type { GoalFiles } from '../mapping/goal-files.ts'
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
import { type DocumentGoal, GoalDocuments } from './goal-document.ts'
import { readJson } from './json-text.ts'
import { ReadFile } from './read-file.ts'

/** The goals that a document had; undefined where it was not read yet, though it is old. */
interface DocumentMark {
  readonly goals: readonly DocumentGoal[] | undefined
}

/** Bytes of a document, at the most. */
const LARGEST = 16 << 20
/** Attempts to read a document that is not valid JSON, since it may be half written, before that is reported. */
const TRIES = 20
/** Milliseconds after which a missing document counts as deleted: some writers remove it and write it again. */
const GONE_MS = 1000

/** Follows documents: reports the difference between what was read last and what is there now. */
export class FollowedDocuments implements Follower {
  readonly compares = true
  readonly #options: FollowerOptions
  readonly #documents: GoalDocuments
  readonly #tries = new Map<FollowedFile, number>()
  /** Since when documents are missing, on a clock that is never set. */
  readonly #missing = new Map<FollowedFile, number>()

  constructor(files: GoalFiles, options: FollowerOptions) {
    this.#options = options
    this.#documents = new GoalDocuments(files, options.captureContent)
  }

  firstMark(_stamp: unknown, isOld: boolean): DocumentMark {
    return { goals: isOld ? undefined : [] }
  }

  /** A document is often replaced by a new file, so its id says nothing of where it came from. */
  isMoved(): boolean {
    return false
  }

  step(file: FollowedFile): FileStep {
    const opened = ReadFile.open(file.path)
    if (opened === undefined) return this.#without(file)
    this.#missing.delete(file)
    try {
      return this.#read(opened, file)
    } finally {
      opened.close()
    }
  }

  #without(file: FollowedFile): FileStep {
    const since = this.#missing.get(file) ?? performance.now()
    this.#missing.set(file, since)
    if (performance.now() - since < GONE_MS) return 'soon'
    this.#missing.delete(file)
    this.#tries.delete(file)
    this.#keep(file, [], Date.now(), () => this.#options.store.remove(file.number))
    return 'gone'
  }

  #read(opened: ReadFile, file: FollowedFile): FileStep {
    const { size, mtimeMs } = opened.stamp
    const seen = () => {
      file.stamp = opened.stamp
    }
    if (size > LARGEST) {
      this.#options.say(file.path, `it is larger than ${LARGEST >> 20} MB, and is left out`)
      seen()
      return 'done'
    }
    const bytes = opened.read(0, size)
    const read = readJson(bytes)
    if ('fault' in read) {
      const tries = (this.#tries.get(file) ?? 0) + 1
      this.#tries.set(file, tries)
      if (tries < TRIES) return 'soon'
      if (size > 0) this.#options.say(file.path, `it is ${read.fault}, and is read again once it changes`)
      this.#tries.delete(file)
      seen()
      return 'done'
    }
    this.#tries.delete(file)
    const goals = this.#documents.goalsIn(read.value, nameOf(file.path))
    this.#keep(file, goals, Math.round(mtimeMs), () => this.#options.store.write(file.number, opened.stamp, { goals }))
    seen()
    return 'done'
  }

  #keep(file: FollowedFile, goals: readonly DocumentGoal[], defaultMs: number, keep: () => void): void {
    const { store, write, found } = this.#options
    const before = (store.mark(file.number) as DocumentMark).goals
    const changes = before === undefined ? [] : this.#documents.changes(before, goals)
    let written = 0
    store.transaction(() => {
      for (const change of changes) if (write(change, 'inferred', defaultMs)) written++
      keep()
    })
    for (; written > 0; written--) found()
    const unknown = unknownSentence(changes)
    if (unknown) this.#options.say(file.path, unknown)
    const negative = negativeSentence(changes)
    if (negative) this.#options.say(file.path, negative, 'negative')
    const unnamed = this.#documents.unnamed(goals)
    if (unnamed > 0) this.#options.say(file.path, unnamedSentence(unnamed), 'unnamed')
  }
}
