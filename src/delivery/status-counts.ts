import { reason, warnOnce } from '../base/diagnose.ts'
import { GOAL_STATUSES, isGoalStatus } from '../goal/goal.ts'
import { type GoalTable, statusOf } from '../mapping/goal-table.ts'
import { OutboxBusyError } from '../outbox/agent-connections.ts'
import type { OutboxView } from '../outbox/outbox.ts'

export type Counts = ReadonlyMap<string, number>

const UNKNOWN: Counts = new Map()

/** A large table may take long to count: never more than a hundredth of the time. */
const LEAST_PAUSE_MS = 1000
const PART = 100
/** A count that takes no longer may be made for a flush. */
const SHORT_MS = 50

/** How many goals have which status: costs a walk through the tables, so it is asked seldom. */
export class StatusCounts {
  #last: { readonly at: number; readonly tookMs: number; readonly counts: Counts } | undefined

  /** Counts these tables, as the outbox's database has them now. */
  read(tables: Iterable<GoalTable>, outbox: OutboxView | undefined): Counts {
    const now = Date.now()
    const last = this.#last
    if (last && now - last.at < Math.max(LEAST_PAUSE_MS, last.tookMs * PART)) return last.counts
    const counts = count(tables, outbox)
    this.#last = { at: now, tookMs: Date.now() - now, counts }
    return counts
  }

  /** Counts anew at the next reading, unless that takes long: a backend goes on to show what a process has said last. */
  renew(): void {
    if (this.#last && this.#last.tookMs <= SHORT_MS) this.#last = undefined
  }
}

/** Empty if a table cannot be read just now: 0 would be wrong, and without a new value the last one stays. */
function count(tables: Iterable<GoalTable>, outbox: OutboxView | undefined): Counts {
  // A status that no goal has is reported as 0: one that is silent would keep its last value for minutes.
  const counts = new Map<string, number>(GOAL_STATUSES.map((status) => [status, 0]))
  try {
    for (const table of tables) {
      const read = outbox?.countByStatus(table.table, table.columns.status)
      if (read === undefined) return UNKNOWN
      for (const { status, count } of read) {
        const meant = statusOf(status, table)
        if (isGoalStatus(meant)) counts.set(meant, (counts.get(meant) ?? 0) + count)
      }
    }
    return counts
  } catch (error) {
    if (!(error instanceof OutboxBusyError)) warnOnce('count', `goals cannot be counted by status: ${reason(error)}`)
    return UNKNOWN
  }
}
