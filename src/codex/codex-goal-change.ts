import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { CodexThread } from './codex-thread.ts'
import { type ChangePlace, type CodexRowChange, placeChange } from './place-change.ts'
import type { ProtocolNote } from './protocol-note.ts'

/** A change of a goal of Codex, with all that is known of it. */
export interface CodexGoalChange extends ChangePlace {
  readonly change: GoalChange
  readonly atMs: number
}

/**
 * Which goals there are, and on which threads. Where a thread is forked, the goal's row is copied with its id, which creates
 * no goal, and Codex reports none.
 */
export class CodexGoalIds {
  readonly #threads = new Map<string, Set<string>>()

  add({ goalId, threadId }: Pick<GoalSnapshot, 'goalId' | 'threadId'>): void {
    const threads = this.#threads.get(goalId)
    if (threads) threads.add(threadId)
    else this.#threads.set(goalId, new Set([threadId]))
  }

  /** To be asked before the change's goal is added. */
  isCopy({ before, after }: GoalChange): boolean {
    const threads = before === null && after !== null ? this.#threads.get(after.goalId) : undefined
    return threads !== undefined && !threads.has(after?.threadId ?? '')
  }
}

/** @param thread @param note See placeChange. */
export function codexGoalChange(
  row: CodexRowChange,
  thread: CodexThread | undefined,
  note?: ProtocolNote,
): CodexGoalChange {
  const { before, after, atMs } = row
  return { change: { before, after }, atMs, ...placeChange(row, thread, note) }
}
