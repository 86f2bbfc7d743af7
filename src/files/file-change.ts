import type { GoalChange } from '../event/goal-change.ts'

/** A change of a goal that a file tells, with what the file says of it besides. */
export interface FileChange {
  readonly change: GoalChange
  /** Milliseconds since 1970; undefined where the file does not say. */
  readonly atMs: number | undefined
  readonly turnId: string | undefined
  /** How the goal stands, in the file's word, where that is why the change cannot be reported. */
  readonly unknownWord?: string | undefined
}

/** What a file is called, which may name a thread. */
export interface FileName {
  /** Without its ending. */
  readonly name: string
  /** The name of its folder. */
  readonly folder: string
}
