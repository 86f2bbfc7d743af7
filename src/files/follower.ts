import type { FileChange } from './file-change.ts'
import type { FileStore } from './file-store.ts'
import type { FollowedFile } from './followed-file.ts'
import type { FileStamp } from './read-file.ts'

/** What is left to do with a file: nothing until it changes, more right away, or a look in a moment. */
export type FileStep = 'done' | 'more' | 'soon' | 'gone'

/** Reads files of one mapping on. */
export interface Follower {
  /** Whether states are compared: an old file has to be read before it changes, and one that is gone had goals. */
  readonly compares: boolean
  /**
   * What is known of a file at first.
   * @param isOld Whether it was there before its folder was followed.
   * @param earlier What was known of it by another mapping, which is not used any more.
   */
  firstMark(stamp: FileStamp, isOld: boolean, earlier?: unknown): unknown
  /** Whether a file that has come to another name is the one that is known, and goes on. */
  isMoved(file: FollowedFile, path: string): boolean
  /** Takes what has happened in a file since the last time, or a part of it. @throws what the file system says. */
  step(file: FollowedFile): FileStep
}

export interface FollowerOptions {
  readonly store: FileStore
  readonly captureContent: boolean
  /** Keeps changes, within the transaction that keeps how far a file was read. @returns those that emit something. */
  readonly write: (change: FileChange, source: 'recorded' | 'inferred', defaultMs: number) => boolean
  readonly found: () => void
  /** What the user has to know of a file, once. */
  readonly say: (path: string, sentence: string) => void
  readonly fileAt: (path: string) => FollowedFile | undefined
}

/** That a goal stands as no mapping knows. */
export function unknownStatus(changes: readonly FileChange[]): string | undefined {
  const word = changes.find((one) => one.unknownWord !== undefined)?.unknownWord
  if (word === undefined) return undefined
  const shown = /^[\w .:-]{1,40}$/.test(word) ? ` ${JSON.stringify(word)}` : ''
  return `a goal in it has a status${shown} that its mapping does not know, and is not reported: add that to statuses`
}
