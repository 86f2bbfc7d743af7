import type { CodexThread } from './codex-thread.ts'
import type { ChangePlace, CodexRowChange } from './place-change.ts'

/** Milliseconds. Codex writes a change's cause within some of them; a tool that takes longer than this is waited for in vain. */
const LONGEST_WAIT = 2000
/** Milliseconds. What Codex tells its client of a change comes within some of them. */
const LONGEST_TELLING = 1000

/**
 * Whether a change's place will not get better. Codex commits a row first and writes its cause to the rollout after that.
 * @param place What placeChange says by now.
 * @param waitedMs Since the row was read.
 * @param isToldLater Whether somebody reads along with the thread's client, who has not been told of the change yet.
 */
export function isSettled(
  { after, atMs }: CodexRowChange,
  { source }: ChangePlace,
  thread: CodexThread | undefined,
  waitedMs: number,
  isToldLater = false,
): boolean {
  if (waitedMs >= LONGEST_WAIT) return true
  if (isToldLater && waitedMs < LONGEST_TELLING) return false
  if (thread?.meta === undefined) return false
  // A clear belongs to no turn.
  return after === null || (source === 'recorded' && thread.readToMs >= atMs)
}
