import type { FileStamp } from './read-file.ts'

/** A file of a mapping. */
export interface FollowedFile {
  /** By which its state is kept. */
  readonly number: number
  path: string
  /** What it was when it was last read. */
  stamp: FileStamp
}
