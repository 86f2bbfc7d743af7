import { digest } from './digest.ts'
import { type LinesState, NO_LINES } from './goal-lines.ts'

/** How far a log was read, and what is known of its goals up to there. Kept as JSON in the file store. */
export interface LogMark {
  /** The file's id, see FileStamp. */
  readonly file: string
  readonly offset: number
  /** See ReadFile.tail: where it differs, the file was rewritten. */
  readonly tail: string
  /** Lines that end up to here were there before the log was followed: they are read for their state, and not reported. */
  readonly oldTo: number
  /** Whether the file was rewritten, and all lines since were already known: until a new one comes, known lines are skipped. */
  readonly isRewritten: boolean
  /** Whether the offset is within a line that is too long, the rest of which is skipped. */
  readonly inLong: boolean
  readonly state: LinesState
  /** The last line of the session's tree; undefined until one about a goal was read, before which there is nothing to go back to. */
  readonly leaf?: string | undefined
  /** The branch that was left last, so that two processes that write to one session by turns cost no more than one. */
  readonly left?: { readonly leaf: string; readonly state: LinesState } | undefined
  /** The number of the file that had this one's path, before it was moved away: this one goes on from what that one knows. */
  readonly after?: number | undefined
  /** When the line that names the parent was written. */
  readonly forkedAtMs?: number | undefined
}

/** The tail at the start of a file. */
const EMPTY_TAIL = digest('')

export function firstLogMark(file: string, oldTo: number): LogMark {
  return { file, offset: 0, tail: EMPTY_TAIL, oldTo, isRewritten: false, inLong: false, state: NO_LINES }
}

/** The start of a file that was rewritten, with the state kept: its lines are compared with the ones that were read. */
export function rewrittenLogMark(mark: LogMark, file: string): LogMark {
  return {
    ...mark,
    file,
    offset: 0,
    tail: EMPTY_TAIL,
    oldTo: 0,
    isRewritten: true,
    inLong: false,
    leaf: undefined,
    after: undefined,
    left: undefined,
  }
}
