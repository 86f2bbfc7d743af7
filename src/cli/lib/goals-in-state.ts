import { GOAL_STATES, type GoalSummary, stateOf } from '../../backend/api/api.ts'

type Key = readonly [thread: string, goal: string]

/**
 * The goals that were last shown in the states that were asked for. A watcher waits for one to leave them, which a
 * list of those states never shows.
 */
export class GoalsInState {
  readonly #query: URLSearchParams
  /** Empty if every state was asked for, by name or by giving none. */
  readonly #others: readonly string[]
  readonly #goals = new Map<string, Key>()

  /** @param query Of GET /api/goals. */
  constructor(query: URLSearchParams) {
    this.#query = query
    const asked = query.getAll('state')
    this.#others = asked.length === 0 ? [] : GOAL_STATES.filter((state) => !asked.includes(state))
  }

  shown(goals: readonly GoalSummary[]): void {
    if (this.#others.length === 0) return
    for (const goal of goals) {
      const key = [goal.thread_id, goal.goal_id] as const
      if (this.#others.includes(stateOf(goal))) this.#goals.delete(JSON.stringify(key))
      else this.#goals.set(JSON.stringify(key), key)
    }
  }

  /** The query for a goal that has changed. */
  changed(key: Key): URLSearchParams {
    const states = this.#goals.has(JSON.stringify(key)) ? [] : this.#query.getAll('state')
    return this.#asking(key, states)
  }

  /** The query for those that have left, when it is not known which have changed. */
  left(): URLSearchParams[] {
    return [...this.#goals.values()].map((key) => this.#asking(key, this.#others))
  }

  #asking([thread, goal]: Key, states: readonly string[]): URLSearchParams {
    const query = new URLSearchParams(this.#query)
    query.delete('state')
    for (const state of states) query.append('state', state)
    query.set('thread', thread)
    query.set('goal', goal)
    return query
  }
}
