import type { GoalChange } from '../event/goal-change.ts'

/** A change of a goal found in a file, with the time and turn that the file gives. */
export interface FileChange {
  readonly change: GoalChange
  /** Milliseconds since 1970; undefined where the file does not say. */
  readonly atMs: number | undefined
  readonly turnId: string | undefined
  /** Where the mapping does not know the status, so that the change cannot be reported. */
  readonly unknown?: UnknownStatus | undefined
  /** Whether the file has a negative budget, or negative tokens or seconds, which count as unknown. */
  readonly isNegative: boolean
}

/** A status that a mapping does not know. */
export interface UnknownStatus {
  /** The file's word for it; undefined where there is none. */
  readonly word: string | undefined
  /** Where the mapping looks for it. */
  readonly at: string
}

/** A file's name and its folder's, since either may be the thread's id. */
export interface FileName {
  /** Without its extension. */
  readonly name: string
  /** The name of its folder. */
  readonly folder: string
}
