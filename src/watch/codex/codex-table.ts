import type { GoalChange, GoalSnapshot } from '../../event/goal-change.ts'
import { type GoalTable, THREAD_GOALS } from '../../mapping/goal-table.ts'

/**
 * Codex's table. It has no model, and a time that no other field has: when the row was written, in milliseconds, by which a
 * change is placed in its turn. So the one is read in the place of the other.
 */
export const CODEX_GOALS: GoalTable = {
  ...THREAD_GOALS,
  columns: { ...THREAD_GOALS.columns, model: 'updated_at_ms' },
}

/** A change of CODEX_GOALS as it is, and when the row was written; undefined where the table does not say. */
export function ofCodex({ before, after }: GoalChange): { change: GoalChange; updatedAtMs: number | undefined } {
  const updatedAtMs = Number(after?.model)
  return {
    change: { before: withoutModel(before), after: withoutModel(after) },
    updatedAtMs: Number.isSafeInteger(updatedAtMs) ? updatedAtMs : undefined,
  }
}

function withoutModel(goal: GoalSnapshot | null): GoalSnapshot | null {
  if (goal === null) return null
  const { model: _, ...rest } = goal
  return rest
}
