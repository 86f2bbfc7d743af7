import { type Checkpoint, NOTHING_DELIVERED } from './checkpoint.ts'
import type { OpenGoalChanges } from './checkpoint-store.ts'
import { openGoalsText, parseOpenGoals } from './open-goals-text.ts'

/** Version of the line. Versions only add to each other; a newer one is left alone. */
const VERSION = 1
/** Characters of the first line. Overwritten in place by one write, in one sector of the disk. */
const LINE_LENGTH = 128
/** A page of memory: a kill leaves it written or not. */
const MOST_BYTES = 4096

export interface CheckpointLine extends Checkpoint {
  readonly version: number
  /** An earlier goaltrace's file is taken over. */
  readonly retiredAck?: true
  /** The mark of the open goals, see open-goals-file.ts, where they were followed up to this checkpoint. */
  readonly traced?: number
}

/** What is in a checkpoint's file. */
export interface CheckpointText {
  readonly line: CheckpointLine
  /** The goals that are not over, where they are few; undefined where they are in a file of their own, or not followed. */
  readonly openGoals: OpenGoalChanges | undefined
}

/** Open goals are no more than these where they fit into half of the file: each takes some 200 bytes at least. */
export const FEW_AGAIN = 12

/** Whether they fit into the file. */
export function areFew(openGoals: OpenGoalChanges, checkpoint: Checkpoint): boolean {
  return bytesOf(openGoals, checkpoint) < MOST_BYTES
}

/** Whether they fit into half of it: those that come and go at its limit do not go to and fro. */
export function areFewAgain(openGoals: OpenGoalChanges, checkpoint: Checkpoint): boolean {
  return bytesOf(openGoals, checkpoint) < MOST_BYTES / 2
}

function bytesOf(openGoals: OpenGoalChanges, checkpoint: Checkpoint): number {
  return LINE_LENGTH + Buffer.byteLength(openGoalsText(checkpoint, openGoals))
}

/** The text of the file, as far as it is read: what follows is left from a longer one. */
export function checkpointText({ line, openGoals }: CheckpointText): string {
  const second = openGoals === undefined ? '' : openGoalsText(line, openGoals)
  return `${JSON.stringify(line).padEnd(LINE_LENGTH - 1)}\n${second}\n`
}

/**
 * @param file Where it is from, for the message.
 * @throws {Error} where a newer goaltrace has written it.
 */
export function parseCheckpoint(text: string, file: string): CheckpointText {
  const [first = '', second = ''] = text.split('\n', 2)
  const { version, seq, uid, retiredAck, traced } = parsed(first)
  if (typeof version === 'number' && version > VERSION) {
    throw new Error(
      `a newer goaltrace wrote ${file} (version ${version}, known here is ${VERSION}): update goaltrace here too`,
    )
  }
  // Else damaged by a power failure.
  const sound = typeof seq === 'number' && typeof uid === 'string'
  const line: CheckpointLine = {
    version: VERSION,
    ...(sound ? { seq, uid } : NOTHING_DELIVERED),
    ...(retiredAck === true && { retiredAck }),
    ...(sound && typeof traced === 'number' && { traced }),
  }
  return { line, openGoals: parseOpenGoals(second, line) }
}

function parsed(text: string): { [name in keyof CheckpointLine]?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
