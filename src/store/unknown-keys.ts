import { unknownKey, unknownOf } from '../base/check.ts'
import { warnOnce } from '../base/diagnose.ts'
import { GOAL } from '../event/check-goal-change.ts'
import type { GoalChange } from '../event/goal-change.ts'

/** Reports once, of a change that was checked, a key that is not recorded: it may be mistyped. */
export function warnOfUnknownKeys(operation: string, { before, after }: GoalChange): void {
  for (const [path, goal] of [['before', before] as const, ['after', after] as const]) {
    const key = unknownKey(goal ?? {}, GOAL)
    if (key === undefined) continue
    warnOnce(`unknown ${operation}`, `${operation}: ${unknownOf(path, key, GOAL)}; the others are recorded`)
  }
}
