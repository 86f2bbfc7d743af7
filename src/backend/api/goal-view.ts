import type { Prices } from '../../goal/prices.ts'
import type { Staleness } from './stale-goals.ts'

/** What a goal's row is seen with: what was set for this backend, and is not stored. */
export interface GoalView {
  readonly staleness: Staleness
  /** Undefined where none are known. */
  readonly prices: Prices | undefined
}
