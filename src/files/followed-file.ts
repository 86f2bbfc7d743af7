import type { FileStamp } from './read-file.ts'

/** A file that a mapping's globs name. */
export interface FollowedFile {
  /** Its row in the file store. */
  readonly number: number
  path: string
  /** As it was when it was last read. */
  stamp: FileStamp
}
