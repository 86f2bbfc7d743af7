import type { Database, Statement } from 'better-sqlite3'
import { MODEL, OBJECTIVE, TIME_USED, TOKEN_BUDGET, TOKENS_USED } from './event-values.ts'
import { type GoalState, isBefore, REPORTED, type Reported } from './goal-state.ts'
import type { ReceivedEvent } from './received-records.ts'

const OF_GOAL = 'FROM event WHERE thread_id = ? AND goal_id = ?'
const LAST_FIRST = 'ORDER BY occurred_at_ns DESC, uid DESC LIMIT 1'
/** The last event that reports it; both walk back from the goal's end, and seldom far. */
const LAST_REPORTED: Readonly<Record<Reported, string>> = {
  service_name: lastReported('service_name', 'service_name IS NOT NULL'),
  token_budget: lastReported(
    `iif(has_token_budget, ${TOKEN_BUDGET}, NULL)`,
    `(${TOKEN_BUDGET} IS NOT NULL OR NOT has_token_budget)`,
  ),
  tokens_used: lastReported(TOKENS_USED, `${TOKENS_USED} IS NOT NULL`),
  time_used_seconds: lastReported(TIME_USED, `${TIME_USED} IS NOT NULL`),
  objective: lastReported(OBJECTIVE, `${OBJECTIVE} IS NOT NULL`),
  model: lastReported(MODEL, `${MODEL} IS NOT NULL`),
}

function lastReported(value: string, reported: string): string {
  return `SELECT ${value} AS value ${OF_GOAL} AND ${reported} ${LAST_FIRST}`
}

/** Events that arrive after a later one of their goal: what they change is looked up among the stored events. */
export class LateEvents {
  readonly #lastReported: Readonly<Record<Reported, Statement>>
  readonly #lastActive: Statement
  readonly #firstBehind: Statement

  constructor(database: Database) {
    const prepare = (sql: string) => database.prepare(sql).safeIntegers()
    this.#lastReported = Object.fromEntries(
      Object.entries(LAST_REPORTED).map(([reported, sql]) => [reported, prepare(sql)]),
    ) as unknown as Record<Reported, Statement>
    this.#lastActive = prepare(
      `SELECT occurred_at_ns AS at, uid ${OF_GOAL} AND goal_status = 'active' AND event_kind <> 'cleared' ${LAST_FIRST}`,
    )
    this.#firstBehind = prepare(
      `SELECT occurred_at_ns ${OF_GOAL} AND (occurred_at_ns, uid) > (?, ?) ORDER BY occurred_at_ns, uid LIMIT 1`,
    ).pluck()
  }

  /** Events from before the goal's last one do not change its status; other values only where no newer event has one. */
  addedTo(state: GoalState, late: readonly ReceivedEvent[]): GoalState {
    const of = [state.thread_id, state.goal_id]
    const updated: GoalState = { ...state, events: state.events + BigInt(late.length) }
    for (const event of late) {
      const at = event.occurredAtNs
      if (at < updated.first_at_ns) updated.first_at_ns = at
      if (event.kind === 'created' && at < (updated.created_at_ns ?? state.last_at_ns + 1n)) updated.created_at_ns = at
      if (event.kind === 'created' && isBefore(updated.began_at_ns ?? -1n, updated.began_uid ?? '', at, event.uid)) {
        updated.began_at_ns = at
        updated.began_uid = event.uid
      }
    }
    for (const reported of Object.keys(REPORTED) as Reported[]) {
      // The value may come from a removed event that was newer than these.
      if (state.cut === 1n && state[reported] !== null) continue
      const values = late.map((event) => REPORTED[reported](event)).filter((value) => value !== undefined)
      if (values.every((value) => value === state[reported])) continue
      const last = this.#lastReported[reported].get(of) as { value: never } | undefined
      if (last) updated[reported] = last.value
    }
    if (state.stopped_at_ns !== null) {
      const { at, uid } = (this.#lastActive.get(of) ?? { at: -1n, uid: '' }) as { at: bigint; uid: string }
      const behind = this.#firstBehind.get(...of, at, uid) as bigint | undefined
      updated.stopped_at_ns = behind ?? state.stopped_at_ns
    }
    return updated
  }
}
