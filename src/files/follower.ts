import type { FileChange } from './file-change.ts'
import type { FileStore } from './file-store.ts'
import type { FollowedFile } from './followed-file.ts'
import type { FileStamp } from './read-file.ts'

/** What is left to do with a file: nothing until it changes, more right away, another attempt soon; or it is gone. */
export type FileStep = 'done' | 'more' | 'soon' | 'gone'

/** Reads the files of one mapping: FollowedLogs or FollowedDocuments. */
export interface Follower {
  /** Whether versions are compared, as of documents: an old file has to be read before it changes, and the goals of a deleted one are cleared. */
  readonly compares: boolean
  /**
   * The mark of a file that was just found.
   * @param isOld Whether it was there before its folder was followed.
   * @param earlier Its mark by a mapping that is no longer used.
   */
  firstMark(stamp: FileStamp, isOld: boolean, earlier?: unknown): unknown
  /** The mark of a file that takes the path from which this one was moved away, and goes on from it; undefined for documents, which begin anew. */
  markAfter?(moved: FollowedFile): unknown
  /** Whether the file at this path is a known one that was moved, whose stamp has changed since. */
  isMoved(file: FollowedFile, path: string): boolean
  /** Where a log is now that was moved within its folder. */
  movedPath?(file: FollowedFile): string | undefined
  /** Reads what is new in a file, or a part of it. @throws what the file system says. */
  step(file: FollowedFile): FileStep
}

export interface FollowerOptions {
  readonly store: FileStore
  readonly captureContent: boolean
  /** Writes a change to the outbox, in the transaction that keeps the file's mark. @returns whether it emits any event. */
  readonly write: (change: FileChange, source: 'recorded' | 'inferred', defaultMs: number) => boolean
  /** Called after the commit, once for each change that emits an event. */
  readonly found: () => void
  /** What the user has to know of a file, once. @param kind See FileNotes. */
  readonly say: (path: string, sentence: string, kind?: string) => void
  /** The followed file at a path. */
  readonly fileAt: (path: string) => FollowedFile | undefined
  /** Has a file followed at the path to which it was moved. @returns false where that is not one of the mapping's. */
  readonly moved: (file: FollowedFile, path: string) => boolean
  /** All followed files of the mapping. */
  readonly all: () => Iterable<FollowedFile>
}

/** The sentence for the user where a goal has a status that the mapping does not know. */
export function unknownSentence(changes: readonly FileChange[]): string | undefined {
  const unknown = changes.find((one) => one.unknown !== undefined)?.unknown
  if (unknown === undefined) return undefined
  const { word, at } = unknown
  if (word === undefined) {
    return `a goal in it has nothing at ${at}, where its mapping looks for the status, and is not reported: correct fields.status`
  }
  const shown = /^[\w .:-]{1,40}$/.test(word) ? ` ${JSON.stringify(word)}` : ''
  return `a goal in it has a status${shown} that its mapping does not know, and is not reported: add that to statuses`
}

/** The sentence for the user where a goal has amounts below 0. */
export function negativeSentence(changes: readonly FileChange[]): string | undefined {
  const id = changes.find(({ isNegative, change }) => isNegative && change.after)?.change.after?.goalId
  if (id === undefined) return undefined
  return `its goal ${id} has a negative budget, or negative tokens or seconds: they count as unknown`
}

/** The sentence for the user where goals lack an id. */
export function unnamedSentence(count: number): string {
  const goals = count === 1 ? 'a goal in it has' : `${count} goals in it have`
  return `${goals} no id where its mapping looks for it, and cannot be reported: correct fields.goalId`
}
