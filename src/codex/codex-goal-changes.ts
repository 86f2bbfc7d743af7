import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { CodexThread } from './codex-thread.ts'
import { type ChangePlace, type CodexRowChange, placeChange } from './place-change.ts'

/** A change of a goal of Codex, with all that is known of it. */
export interface CodexGoalChange extends ChangePlace {
  readonly change: GoalChange
  readonly atMs: number
}

/**
 * From changes of rows to changes of goals. They differ where a thread is forked: the goal's row is copied with its id, which
 * creates no goal, and Codex reports none.
 */
export class CodexGoalChanges {
  /** The threads that have had a goal, by its id. */
  readonly #threads = new Map<string, Set<string>>()

  /** A row that was there before the first change. */
  knows({ goalId, threadId }: GoalSnapshot): void {
    const threads = this.#threads.get(goalId)
    if (threads) threads.add(threadId)
    else this.#threads.set(goalId, new Set([threadId]))
  }

  /** @returns undefined for what changes no goal. */
  next(row: CodexRowChange, thread: CodexThread | undefined): CodexGoalChange | undefined {
    const { before, after, atMs } = row
    const copied = after !== null && before === null && this.#isCopy(after)
    if (after) this.knows(after)
    if (copied) return undefined
    return { change: { before, after }, atMs, ...placeChange(row, thread) }
  }

  #isCopy({ goalId, threadId }: GoalSnapshot): boolean {
    const threads = this.#threads.get(goalId)
    return threads !== undefined && !threads.has(threadId)
  }
}
