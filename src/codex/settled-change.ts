import type { CodexThread } from './codex-thread.ts'
import type { ChangePlace, CodexRowChange } from './place-change.ts'

/** Milliseconds. Codex writes a change's cause within some of them; a tool that takes longer than this is waited for in vain. */
const LONGEST_WAIT = 2000
/** Milliseconds. Codex sends its client a change within a few of them. */
const LONGEST_NOTE_WAIT = 1000

/**
 * Whether a change's place will not get better. Codex commits a row first and writes its cause to the rollout after that.
 * @param place What placeChange says by now.
 * @param waitedMs Since the row was read.
 * @param isNoteAwaited Whether goaltrace reads along with the thread's client, and has no note of the change yet.
 */
export function isSettled(
  { after, atMs }: CodexRowChange,
  { source }: ChangePlace,
  thread: CodexThread | undefined,
  waitedMs: number,
  isNoteAwaited = false,
): boolean {
  if (waitedMs >= LONGEST_WAIT) return true
  if (isNoteAwaited && waitedMs < LONGEST_NOTE_WAIT) return false
  if (thread?.meta === undefined) return false
  // A clear belongs to no turn.
  return after === null || (source === 'recorded' && thread.readToMs >= atMs)
}
