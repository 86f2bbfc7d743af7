import { type LinesState, NO_LINES } from './goal-lines.ts'
import { digest } from './read-file.ts'

/** How far a log was read, and what it had said by then. */
export interface LogMark {
  /** Which file it was. */
  readonly file: string
  readonly offset: number
  /** What stands before the offset. */
  readonly tail: string
  /** What ends up to here was there before the log was followed: it is read, and not told. */
  readonly oldTo: number
  /** Whether the file was written anew, and no line was found since that is new. */
  readonly isAnew: boolean
  readonly inLong: boolean
  readonly state: LinesState
  /** When the line that names the parent was written. */
  readonly forkedAtMs?: number | undefined
}

export const NOTHING = digest('')

export function firstLogMark(file: string, oldTo: number): LogMark {
  return { file, offset: 0, tail: NOTHING, oldTo, isAnew: false, inLong: false, state: NO_LINES }
}

/** Of a file that was written anew: its lines go on from what is known. */
export function markAnew(mark: LogMark, file: string): LogMark {
  return { ...mark, file, offset: 0, tail: NOTHING, oldTo: 0, isAnew: true, inLong: false }
}
