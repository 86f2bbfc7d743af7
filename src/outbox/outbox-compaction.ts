import { IS_EARLIER } from './earlier-rows.ts'
import type { OutboxHealth } from './outbox-health.ts'
import { OUTBOX, type SqlValue } from './outbox-table.ts'

/** What the statements below ask of JavaScript. */
const COMPACTION_FUNCTIONS = {
  wrote: '_goaltrace_compaction_wrote',
  from: '_goaltrace_compaction_from',
  to: '_goaltrace_compaction_to',
  newer: '_goaltrace_compaction_newer',
  drop: '_goaltrace_compaction_drop',
} as const

/**
 * What a mutation does after its own row, while more rows are pending than the outbox's limit: of the next few rows it drops up
 * to two that report usage alone and have a newer one of the same goal, since totals are cumulative. That the newer one is
 * there is asked of the table: it may have been rolled back. Rows of 0.1.0 that evicted goals as well stay.
 */
export const DROP_SUPERSEDED = [
  // Without ORDER BY, which SQLite leaves out in a trigger.
  `SELECT ${COMPACTION_FUNCTIONS.wrote}(seq, thread, goal) FROM ${OUTBOX} WHERE seq = (SELECT max(seq) FROM ${OUTBOX});`,
  `DELETE FROM ${OUTBOX} WHERE seq IN (
  SELECT ${COMPACTION_FUNCTIONS.drop}(seq) FROM ${OUTBOX} AS _goaltrace_old
  WHERE seq BETWEEN ${COMPACTION_FUNCTIONS.from}() AND ${COMPACTION_FUNCTIONS.to}()
    AND old_goal = goal AND old_thread = thread AND old_status IS status
    AND NOT ${IS_EARLIER}
    AND EXISTS (SELECT 1 FROM ${OUTBOX} AS _goaltrace_new
      WHERE _goaltrace_new.seq = ${COMPACTION_FUNCTIONS.newer}(_goaltrace_old.seq, _goaltrace_old.thread, _goaltrace_old.goal)
        AND _goaltrace_new.thread = _goaltrace_old.thread AND _goaltrace_new.goal = _goaltrace_old.goal)
  LIMIT 2);`,
]

/** Rows that a mutation looks at: few, as the agent waits for it. */
const WINDOW = 64
/** Goals whose newest row is remembered; what has no known newer row stays. */
const REMEMBERED_GOALS = 100_000

/** Which of the pending rows may go while there are too many; of one file, over all connections of this process to it. */
export class OutboxCompaction {
  readonly #health: OutboxHealth
  readonly #newest = new Map<string, number>()
  #last = 0
  #from = 0
  /** Drops in the window that begins at #from: where the last was, and how many. */
  #droppedAt = 0
  #drops = 0
  readonly #reading: () => number

  /** @param reading Up to which rows are read for delivery, and stay: the checkpoint must not point to one that is not there. */
  constructor(health: OutboxHealth, reading: () => number) {
    this.#health = health
    this.#reading = reading
  }

  wrote(seq: number, thread: SqlValue, goal: SqlValue): void {
    this.#last = seq
    if (goal === null) return
    const key = keyOf(thread, goal)
    this.#newest.delete(key)
    this.#newest.set(key, seq)
    if (this.#newest.size > REMEMBERED_GOALS) this.#newest.delete(this.#newest.keys().next().value ?? '')
  }

  /** Where the next window begins: after the last drop, where the window before was left for two of them. */
  from(): number {
    const next = this.#drops === 2 ? this.#droppedAt + 1 : this.#from + WINDOW
    this.#drops = 0
    // Through all rows, and over again: what had no newer row may have one now.
    const first = this.#reading() + 1
    this.#from = next > first && next < this.#last ? next : first
    return this.#from
  }

  to(): number {
    return this.#from + WINDOW - 1
  }

  newer(seq: number, thread: SqlValue, goal: SqlValue): number | null {
    const newest = this.#newest.get(keyOf(thread, goal))
    return newest !== undefined && newest > seq ? newest : null
  }

  /** @returns the same. In the result, as SQLite may ask the conditions in any order. */
  drop(seq: number): number {
    this.#drops++
    this.#droppedAt = seq
    this.#health.dropped++
    return seq
  }
}

/** Defines what the statements ask for; `compaction` is undefined while they do not run. */
export function defineCompaction(
  define: (name: string, fn: (...args: never[]) => unknown) => void,
  compaction: () => OutboxCompaction | undefined,
): void {
  define(COMPACTION_FUNCTIONS.wrote, (...args: Parameters<OutboxCompaction['wrote']>) => compaction()?.wrote(...args))
  define(COMPACTION_FUNCTIONS.from, () => compaction()?.from() ?? null)
  define(COMPACTION_FUNCTIONS.to, () => compaction()?.to() ?? null)
  define(
    COMPACTION_FUNCTIONS.newer,
    (...args: Parameters<OutboxCompaction['newer']>) => compaction()?.newer(...args) ?? null,
  )
  define(COMPACTION_FUNCTIONS.drop, (seq: number) => compaction()?.drop(seq) ?? null)
}

function keyOf(thread: SqlValue, goal: SqlValue): string {
  return `${thread}\0${goal}`
}
