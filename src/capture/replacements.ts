import { FIELDS } from '../goal/goal-fields.ts'
import type { SqlValue } from '../outbox/outbox-table.ts'

/** A goal as its row had it, in the order of FIELDS. */
type NotedGoal = readonly SqlValue[]

interface Noted {
  readonly goal: NotedGoal
  /** The uid of the outbox row that a delete trigger has written about it; undefined if none fired. */
  deletedAs?: Uint8Array
}

const [THREAD, GOAL] = [FIELDS.indexOf('thread'), FIELDS.indexOf('goal')]

/**
 * The goals that a REPLACE evicts. BEFORE triggers note which rows are in the way of the one that is written; its AFTER
 * trigger then asks what became of them: one is continued by the new row, as is a goal whose row is written again or
 * whose thread gets another goal, and the others are evicted.
 */
export class Replacements {
  /** Keyed by the kind of write (`insert` or `update`) and the identity of the row that is written. */
  readonly #noted = new Map<string, Noted[]>()
  /** The goal that the row whose AFTER trigger is running continues. */
  #continued: Noted | undefined
  #evicted: readonly NotedGoal[] = []

  /** A statement starts. */
  clear(): void {
    if (this.#noted.size > 0) this.#noted.clear()
  }

  /** Each BEFORE trigger starts with this, to discard what was noted for a row that was then ignored or upserted. */
  writing(how: string, ...identity: SqlValue[]): void {
    this.#noted.delete(keyOf(how, identity))
  }

  note(how: string, a: SqlValue, b: SqlValue, ...goal: NotedGoal): void {
    // A row that is marked as deleted has no goal.
    if (goal[GOAL] === null) return
    const key = keyOf(how, [a, b])
    const noted = this.#noted.get(key)
    if (noted === undefined) this.#noted.set(key, [{ goal }])
    else noted.push({ goal })
  }

  /** A delete trigger writes about a row, which may be one of those. */
  deleted(thread: SqlValue, goal: SqlValue, uid: () => Uint8Array): void {
    // Each row that may be about to replace it gets the uid: in an exec, another statement may have noted it in vain.
    for (const noted of this.#noted.values()) {
      const one = noted.find(
        ({ goal: noted, deletedAs }) => !deletedAs && same(noted[THREAD], thread) && same(noted[GOAL], goal),
      )
      if (one !== undefined) one.deletedAs = uid()
    }
  }

  /** A row was inserted. @returns whether it has replaced any, so that an ordinary outbox row would not say it all. */
  inserted(thread: SqlValue, goal: SqlValue, identity: readonly SqlValue[]): boolean {
    const noted = this.#take('insert', identity)
    if (noted === undefined) return false
    this.#continue(noted, thread, goal)
    return this.#continued !== undefined || this.#evicted.length > 0
  }

  /** A row was updated, perhaps in place of others. It continues itself, unless its goal had `ended` before. */
  moved(thread: SqlValue, goal: SqlValue, ended: SqlValue, ...identity: SqlValue[]): void {
    const noted = this.#take('update', identity) ?? []
    if (ended) this.#continue(noted, thread, goal)
    else {
      this.#continued = undefined
      this.#evicted = evicted(noted)
    }
  }

  #continue(noted: readonly Noted[], thread: SqlValue, goal: SqlValue): void {
    const sameThread = (one: Noted) => same(one.goal[THREAD] ?? one.goal[GOAL], thread ?? goal)
    const sameGoal = (one: Noted) => same(one.goal[GOAL], goal)
    this.#continued =
      noted.find((one) => sameThread(one) && sameGoal(one)) ?? noted.find(sameThread) ?? noted.find(sameGoal)
    this.#evicted = evicted(noted, this.#continued)
  }

  /** The goal that the new row continues. */
  get continued(): NotedGoal | undefined {
    return this.#continued?.goal
  }

  /** The uid of the row that a delete trigger has written about that goal, which is not gone; null where there is none. */
  get voided(): Uint8Array | null {
    return this.#continued?.deletedAs ?? null
  }

  /** The goals that are gone and that no delete trigger has written about. */
  get evicted(): readonly NotedGoal[] {
    return this.#evicted
  }

  #take(how: string, identity: readonly SqlValue[]): Noted[] | undefined {
    if (this.#noted.size === 0) return undefined
    const key = keyOf(how, identity)
    const noted = this.#noted.get(key)
    this.#noted.delete(key)
    return noted
  }
}

export function threadOf(goal: NotedGoal): SqlValue {
  return goal[THREAD] ?? null
}

export function goalOf(goal: NotedGoal): SqlValue {
  return goal[GOAL] ?? null
}

function evicted(noted: readonly Noted[], continued?: Noted): NotedGoal[] {
  return noted.filter((one) => one !== continued && one.deletedAs === undefined).map(({ goal }) => goal)
}

function keyOf(how: string, identity: readonly SqlValue[]): string {
  return `${how}\0${identity.map((value) => `${typeof value} ${textOf(value)}`).join('\0')}`
}

/** Whether two ids are the same when read as text. */
export function same(one: SqlValue | undefined, other: SqlValue | undefined): boolean {
  return one === other || textOf(one) === textOf(other)
}

function textOf(value: SqlValue | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
}
