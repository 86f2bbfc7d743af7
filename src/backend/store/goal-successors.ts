import type { Database, Statement } from 'better-sqlite3'
import type { GoalState, Successor } from './goal-state.ts'
import type { ReceivedEvent } from './received-records.ts'

/** Stands for the replaced goal where it is not named: the thread's last goal whose events came without attributes too. */
const ANY = ''

/**
 * Which goals have replaced which, whatever the order in which their events arrive. A record says it itself, by
 * `agent_goal.previous_id`. Events that Codex posts itself have no attributes; among them, the next goal that is created on a
 * thread replaces the one before, since a thread in Codex has one goal.
 */
export class GoalSuccessors {
  readonly #note: Statement
  readonly #first: Statement
  readonly #before: Statement

  constructor(database: Database) {
    const prepare = (sql: string) => database.prepare(sql).safeIntegers()
    this.#note = prepare('INSERT INTO replacement (thread_id, goal_id, at_ns, uid, by_goal_id) VALUES (?, ?, ?, ?, ?)')
    this.#first = prepare(`
      SELECT by_goal_id AS goal_id, at_ns, uid FROM replacement
      WHERE thread_id = ? AND goal_id = ? AND (at_ns, uid) > (?, ?) ORDER BY at_ns, uid LIMIT 1`)
    this.#before = prepare(`
      SELECT goal_id FROM goal
      WHERE thread_id = ? AND alone = 1 AND coalesce(began_at_ns, first_at_ns) <= ?
        AND (replaced_at_ns IS NULL OR replaced_at_ns >= ?)`).pluck()
  }

  /** A new event, before it changes the state of any goal. */
  note(event: ReceivedEvent): void {
    const replaces = replacedGoal(event)
    if (replaces !== undefined) {
      this.#note.run(event.threadId, replaces, event.occurredAtNs, event.uid, event.goalId)
    }
  }

  /** The goals, besides its own, whose state an event may change. */
  changedBy(event: ReceivedEvent): readonly string[] {
    const { threadId, occurredAtNs: at } = event
    const replaces = replacedGoal(event)
    if (replaces === undefined) return []
    return replaces === ANY ? (this.#before.all(threadId, at, at) as string[]) : [replaces]
  }

  /**
   * Goals that may have replaced this one, including the one that is known already, which retention may have removed
   * since.
   */
  of({ thread_id, goal_id, ...state }: GoalState): Successor[] {
    const first = (replaced: string) =>
      this.#first.get(thread_id, replaced, state.began_at_ns ?? state.first_at_ns, state.began_uid ?? '')
    const found = [first(goal_id), state.alone === 1n ? first(ANY) : undefined] as (Successor | undefined)[]
    const { replaced_by, replaced_at_ns, replaced_uid } = state
    if (replaced_by !== null) found.push({ goal_id: replaced_by, at_ns: replaced_at_ns ?? 0n, uid: replaced_uid ?? '' })
    return found.flatMap((one) => one ?? [])
  }
}

function replacedGoal({ kind, goalId, previousGoalId, attributes }: ReceivedEvent): string | undefined {
  if (kind !== 'created' || previousGoalId === goalId) return undefined
  return previousGoalId ?? (attributes === null ? ANY : undefined)
}
