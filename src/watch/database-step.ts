import type { DatabaseHeader } from '../sqlite/wal/database-header.ts'
import type { TrackedChange } from '../sqlite/wal/tracked-tables.ts'
import type { WalPosition } from '../sqlite/wal/wal-frame.ts'

/** How far a database was read. */
export interface DatabasePlace {
  /** Which file it is. */
  readonly file: string
  readonly header: DatabaseHeader
  /** Undefined where there was no log. */
  readonly log?: WalPosition | undefined
  /** Of the database's file when it was last compared. */
  readonly stamp: string
}

export interface DatabaseStep {
  readonly changes: readonly TrackedChange[]
  /** Undefined where each is a commit; else why rows were compared as they stand, as the end of a sentence. */
  readonly gap?: string | undefined
  readonly place: DatabasePlace
  /** Whether there is more to read right away. */
  readonly more: boolean
}
