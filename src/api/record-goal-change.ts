import { clock } from '../base/clock.ts'
import { isDisabled } from '../base/environment.ts'
import { checkGoalChange } from '../event/check-goal-change.ts'
import { checkGoalContext } from '../event/check-goal-context.ts'
import type { GoalSnapshot } from '../event/goal-change.ts'
import type { GoalContext } from '../event/goal-context.ts'
import { warnOfUnknownKeys } from '../store/unknown-keys.ts'
import { withGoalContext } from '../telemetry/goal-context.ts'
import { writeGoalChange } from './goal-recorder.ts'
import { checkedOptions } from './observe-options.ts'
import { RECORD_OPTIONS, type RecordOptions } from './record-options.ts'

/**
 * Records a change of a goal, wherever the goal is kept: by the same rules, outbox and delivery as for an observed table.
 * Call it once the change is committed. A fault of the outbox never reaches the caller; it is reported on `diag`.
 * @param before The goal as it was; null where there was none.
 * @param after As it is now; null where it is gone.
 * @param options The exporter and the resource hold for all changes of an outbox, as the first call gives them.
 * @throws {TypeError} where a goal, the context or an option is not valid; {RangeError} where a number is out of its range.
 * Then nothing is recorded.
 */
export function recordGoalChange(
  before: GoalSnapshot | null,
  after: GoalSnapshot | null,
  context: GoalContext = {},
  options: RecordOptions = {},
): void {
  checkGoalChange('recordGoalChange', { before, after })
  checkGoalContext('recordGoalChange', context)
  const known = checkedOptions('recordGoalChange', options, RECORD_OPTIONS)
  warnOfUnknownKeys('recordGoalChange', { before, after })
  if (isDisabled(process.env)) return
  const startedAt = clock.now()
  withGoalContext(context, () => writeGoalChange({ before, after }, known, startedAt))
}
