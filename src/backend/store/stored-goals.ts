import type { Database, Statement } from 'better-sqlite3'
import { after, type GoalState, isBefore, isNext, REPORTED, type Reported, replaced } from './goal-state.ts'
import { GoalSuccessors } from './goal-successors.ts'
import { MOST_OBJECTIVE, type ReceivedEvent } from './received-records.ts'

const COLUMNS = [
  'thread_id',
  'goal_id',
  'session_id',
  'service_name',
  'status',
  'cleared',
  'has_token_budget',
  'token_budget',
  'tokens_used',
  'time_used_seconds',
  'objective',
  'model',
  'reason',
  'events',
  'first_at_ns',
  'last_at_ns',
  'last_uid',
  'created_at_ns',
  'began_at_ns',
  'began_uid',
  'stopped_at_ns',
  'alone',
  'replaced_by',
  'replaced_at_ns',
  'replaced_uid',
  'cut',
] as const satisfies readonly (keyof GoalState)[]

const WRITE = `
  INSERT INTO goal (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${COLUMNS.slice(2)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

/** What an event of a goal that goes on changes. The other columns stand in most indexes, and SQLite writes an index anew where a statement only names its column. */
const PROGRESS = [
  'tokens_used',
  'time_used_seconds',
  'events',
  'last_at_ns',
  'last_uid',
] as const satisfies readonly (keyof GoalState)[]
const OTHERS = COLUMNS.filter((column) => !(PROGRESS as readonly string[]).includes(column))
const GO_ON = `UPDATE goal SET ${PROGRESS.map((column) => `${column} = ?`).join(', ')} WHERE thread_id = ? AND goal_id = ?`

const OF_GOAL = 'FROM event WHERE thread_id = ? AND goal_id = ?'
const LAST_FIRST = 'ORDER BY occurred_at_ns DESC, uid DESC LIMIT 1'
/** An event's objective, model or reason as a goal keeps it. */
export const OBJECTIVE = `substr(attributes ->> '$."agent_goal.objective"', 1, ${MOST_OBJECTIVE})`
export const REASON = `substr(attributes ->> '$."agent_goal.status_reason"', 1, ${MOST_OBJECTIVE})`
export const MODEL = `substr(attributes ->> '$."gen_ai.request.model"', 1, ${MOST_OBJECTIVE})`

/** An event's amount: its columns hold integers, a fraction is only in the record's attributes. */
function amount(column: string, attribute: string): string {
  const path = `'$."agent_goal.${attribute}"'`
  return `coalesce(${column}, iif(json_type(attributes, ${path}) = 'real', attributes ->> ${path}, NULL))`
}

export const TOKEN_BUDGET = amount('token_budget', 'token_budget')
export const TOKENS_USED = amount('tokens_used', 'usage.tokens')
const TIME_USED = amount('time_used_seconds', 'usage.duration')

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

/** The table `goal`, kept up to date with the table `event`, whatever the order in which events arrive. */
export class StoredGoals {
  readonly #read: Statement
  readonly #write: Statement
  readonly #goOn: Statement
  readonly #lastReported: Readonly<Record<Reported, Statement>>
  readonly #lastActive: Statement
  readonly #firstBehind: Statement
  readonly #successors: GoalSuccessors

  constructor(database: Database) {
    const prepare = (sql: string) => database.prepare(sql).safeIntegers()
    this.#read = prepare('SELECT * FROM goal WHERE thread_id = ? AND goal_id = ?')
    this.#write = prepare(WRITE)
    this.#goOn = prepare(GO_ON)
    this.#lastReported = Object.fromEntries(
      Object.entries(LAST_REPORTED).map(([reported, sql]) => [reported, prepare(sql)]),
    ) as unknown as Record<Reported, Statement>
    this.#lastActive = prepare(
      `SELECT occurred_at_ns AS at, uid ${OF_GOAL} AND goal_status = 'active' AND event_kind <> 'cleared' ${LAST_FIRST}`,
    )
    this.#firstBehind = prepare(
      `SELECT occurred_at_ns ${OF_GOAL} AND (occurred_at_ns, uid) > (?, ?) ORDER BY occurred_at_ns, uid LIMIT 1`,
    ).pluck()
    this.#successors = new GoalSuccessors(database)
  }

  /** Takes in events that were just stored, in the same transaction: one write a goal, and one for each that it replaces. */
  take(events: readonly ReceivedEvent[]): void {
    for (const event of events) this.#successors.note(event)
    for (const ofGoal of byGoal(events)) {
      ofGoal.sort(inTime)
      const [{ threadId, goalId }] = ofGoal as [ReceivedEvent]
      const row = this.#row(threadId, goalId)
      let state = row && ownState(row)
      const late: ReceivedEvent[] = []
      for (const event of ofGoal) {
        if (state && !isNext(state, event)) late.push(event)
        else state = after(state, event)
      }
      this.#put(late.length > 0 ? this.#withLate(state as GoalState, late) : (state as GoalState), row)
    }
    for (const event of events) for (const goal of this.#successors.changedBy(event)) this.refresh(event.threadId, goal)
  }

  /** Updates a goal after others on its thread have become known. */
  refresh(threadId: string, goalId: string): void {
    const row = this.#row(threadId, goalId)
    if (row) this.#put(ownState(row), row)
  }

  #row(threadId: string, goalId: string): GoalState | undefined {
    return this.#read.get(threadId, goalId) as GoalState | undefined
  }

  /** Stores a goal's state, from all its events in the order in which they occurred. */
  put(events: Iterable<ReceivedEvent>): void {
    let state: GoalState | undefined
    for (const event of events) state = after(state, event)
    if (state) this.#put(state)
  }

  /** Events from before the goal's last one do not change its status; other values only where no newer event has one. */
  #withLate(state: GoalState, late: readonly ReceivedEvent[]): GoalState {
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

  /** @param row What is stored of it. */
  #put(own: GoalState, row?: GoalState): void {
    const state = replaced(own, this.#successors.of(own))
    if (row && OTHERS.every((column) => state[column] === row[column])) {
      this.#goOn.run(...PROGRESS.map((column) => state[column]), state.thread_id, state.goal_id)
    } else this.#write.run(...COLUMNS.map((column) => state[column]))
  }
}

/** A goal's state by its own events alone. */
function ownState(row: GoalState): GoalState {
  return row.status === 'active' && row.cleared === 0n ? { ...row, stopped_at_ns: null } : row
}

function byGoal(events: readonly ReceivedEvent[]): Iterable<ReceivedEvent[]> {
  const groups = new Map<string, ReceivedEvent[]>()
  for (const event of events) {
    // The length distinguishes pairs that would be the same text when joined.
    const key = `${event.threadId.length} ${event.threadId}${event.goalId}`
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  return groups.values()
}

function inTime(a: ReceivedEvent, b: ReceivedEvent): number {
  if (a.occurredAtNs !== b.occurredAtNs) return a.occurredAtNs < b.occurredAtNs ? -1 : 1
  return a.uid < b.uid ? -1 : 1
}
