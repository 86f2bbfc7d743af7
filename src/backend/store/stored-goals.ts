import type { Database, Statement } from 'better-sqlite3'
import { after, type GoalState, isNext, replaced } from './goal-state.ts'
import { GoalSuccessors } from './goal-successors.ts'
import { LateEvents } from './late-events.ts'
import type { ReceivedEvent } from './received-records.ts'

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

/** The table `goal`, kept up to date with the table `event`, whatever the order in which events arrive. */
export class StoredGoals {
  readonly #read: Statement
  readonly #write: Statement
  readonly #goOn: Statement
  readonly #late: LateEvents
  readonly #successors: GoalSuccessors

  constructor(database: Database) {
    const prepare = (sql: string) => database.prepare(sql).safeIntegers()
    this.#read = prepare('SELECT * FROM goal WHERE thread_id = ? AND goal_id = ?')
    this.#write = prepare(WRITE)
    this.#goOn = prepare(GO_ON)
    this.#late = new LateEvents(database)
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
      this.#put(late.length > 0 ? this.#late.addedTo(state as GoalState, late) : (state as GoalState), row)
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
