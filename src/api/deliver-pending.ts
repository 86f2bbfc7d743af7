import { isDisabled } from '../base/environment.ts'
import { lookForPending } from './goal-recorder.ts'
import { checkedOptions } from './observe-options.ts'
import { RECORD_OPTIONS, type RecordOptions } from './record-options.ts'

/**
 * Delivers soon what an earlier process has left in the outbox of `recordGoalChange`: one that was killed, or has ended before its last
 * change was delivered. For the start of an agent, which may have no change to record for days. Returns at once, and opens no file that
 * is not there; a fault is reported on `diag`.
 * @param options As of `recordGoalChange`; without `outbox` there is nothing to deliver.
 * @throws {TypeError} where an option is not valid; {RangeError} where a number is out of its range.
 */
export function deliverPending(options: RecordOptions): void {
  const known = checkedOptions('deliverPending', options, RECORD_OPTIONS)
  if (!isDisabled(process.env)) lookForPending(known)
}
