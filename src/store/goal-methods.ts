import { types } from 'node:util'
import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'

/** What a call of a store's method has changed, by the method's name. */
export type GoalMethods<S> = {
  readonly [Name in keyof S]?: NonNullable<S[Name]> extends (...args: infer Args) => infer Result
    ? GoalMethod<Args, Result>
    : never
}

/** Either a function of the method's result and arguments, or two, one of which runs before the call. */
export type GoalMethod<Args extends readonly unknown[], Result> =
  | ChangesOfCall<Args, Awaited<Result>>
  | GoalBeforeAndAfter<Args, Result>

/** What a call has changed; undefined or an empty array where nothing. */
export type ChangesOfCall<Args extends readonly unknown[], Result> = (
  result: Result,
  ...args: Args
) => GoalChange | readonly GoalChange[] | undefined

export interface GoalBeforeAndAfter<Args extends readonly unknown[], Result> {
  /** The goal as it is before the call; null where there is none. Of an async method it may be a promise, for which the call waits. */
  before(
    ...args: Args
  ): Result extends PromiseLike<unknown> ? GoalSnapshot | null | Promise<GoalSnapshot | null> : GoalSnapshot | null
  /** The goal as the call has left it; null where it is gone, undefined where nothing is to be recorded. */
  after(result: Awaited<Result>, ...args: Args): GoalSnapshot | null | undefined
}

/** Reads what a call has changed, whichever way the method is described. */
export interface ChangeReader {
  readonly before: ((...args: unknown[]) => unknown) | undefined
  changes(before: unknown, result: unknown, args: readonly unknown[]): readonly GoalChange[]
}

/** @throws {TypeError} where the store has no such method, or what is given does not say what it changes. */
export function changeReader(store: object, name: string, given: unknown): ChangeReader {
  const fault = (what: string) => new TypeError(`instrumentGoalStore: methods.${name}: ${what}`)
  if (typeof (store as Record<string, unknown>)[name] !== 'function') throw fault('the store has no such method')
  if (typeof given === 'function') {
    const changes = given as (...args: unknown[]) => GoalChange | readonly GoalChange[] | undefined
    return { before: undefined, changes: (_, result, args) => [settled(changes(result, ...args), 'it') ?? []].flat() }
  }
  const { before, after } = (given ?? {}) as Partial<GoalBeforeAndAfter<unknown[], unknown>>
  if (typeof before !== 'function' || typeof after !== 'function') {
    throw fault('expected a function that returns the changes, or { before, after }')
  }
  return {
    before: (...args) => before.apply(given, args),
    changes: (then, result, args) => {
      const now = settled(after.call(given, result, ...args), '`after`')
      return now === undefined ? [] : [{ before: then as GoalSnapshot | null, after: now }]
    },
  }
}

/** @throws {TypeError} where it is a promise: by the time that is settled, the caller may have changed the goal again. */
function settled<T>(given: T, what: string): T {
  if (!types.isPromise(given)) return given
  // Else Node would end the agent where it is rejected.
  given.catch(() => {})
  throw new TypeError(
    `${what} returned a promise; return the goal itself: for an async method, it is called with what the promise resolves to`,
  )
}
