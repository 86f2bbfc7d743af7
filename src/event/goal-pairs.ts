import type { GoalChange, GoalSnapshot } from './goal-change.ts'

/** A goal, and the row that it was in. */
export interface GoalInRow {
  readonly row: string
  readonly goal: GoalSnapshot
}

/**
 * What a commit has done to goals, from the rows that it has taken away or changed and those that it has left in their
 * place. A goal is first the one with the same thread and id, then the one in the same row, then the one on the same thread,
 * as a REPLACE leaves it. What is gone comes first.
 */
export function goalChanges(before: readonly GoalInRow[], after: readonly GoalInRow[]): GoalChange[] {
  const left = new Set(before)
  const previous = new Map<GoalInRow, GoalInRow>()
  for (const keyOf of [byGoal, byRow, byThread]) {
    const there = new Map([...left].map((one) => [keyOf(one), one]))
    for (const now of after) {
      const old = previous.has(now) ? undefined : there.get(keyOf(now))
      if (old === undefined || !left.delete(old)) continue
      previous.set(now, old)
    }
  }
  const gone = [...left].map(({ goal }): GoalChange => ({ before: goal, after: null }))
  return [...gone, ...after.map((now) => ({ before: previous.get(now)?.goal ?? null, after: now.goal }))]
}

const byGoal = ({ goal }: GoalInRow) => JSON.stringify([goal.threadId, goal.goalId])
const byRow = ({ row }: GoalInRow) => row
const byThread = ({ goal }: GoalInRow) => goal.threadId
