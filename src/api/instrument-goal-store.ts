import { check } from '../base/check.ts'
import { isDisabled } from '../base/environment.ts'
import { ANYTHING, mapOf, type Rule } from '../base/rules.ts'
import { type ChangeReader, changeReader, type GoalMethods } from '../store/goal-methods.ts'
import { wrapStore } from '../store/wrap-store.ts'
import { lookForPending, writeGoalChange } from './goal-recorder.ts'
import { capturesObjective, checkedOptions } from './observe-options.ts'
import { RECORD_OPTIONS, type RecordOptions } from './record-options.ts'

const STORE: Rule = {
  ...ANYTHING,
  expected: 'an object with methods',
  fits: (given) => typeof given === 'function' || (typeof given === 'object' && given !== null),
}
const METHODS = mapOf(ANYTHING, 'an object by the names of methods')

/**
 * Wraps the named methods of a store in place, so that the goals they change are recorded, as `recordGoalChange` does. Each
 * call has a live span: child of the caller's, parent of what the store does in it. What a method returns or throws stays
 * as it is; a fault of the functions in `methods` is reported on `diag`, and never reaches the store's caller.
 * A named method that another one calls is part of it, and is not counted twice.
 * What an earlier process has left in the outbox is delivered soon, whether a method is called or not.
 * @param methods By the name of a method, what its call has changed.
 * @param options The same as those of `recordGoalChange`.
 * @returns The store; where it is frozen or a module's namespace, a copy to use in its place.
 * @throws {TypeError} where the store is not an object, a method is named that it does not have, or an option is not valid;
 * {RangeError} where a number is out of its range.
 */
export function instrumentGoalStore<S extends object>(
  store: S,
  methods: GoalMethods<S>,
  options: RecordOptions = {},
): S {
  check('instrumentGoalStore', 'store', store, STORE)
  check('instrumentGoalStore', 'methods', methods, METHODS)
  const known = checkedOptions('instrumentGoalStore', options, RECORD_OPTIONS)
  const readers = new Map<string, ChangeReader>(
    Object.entries(methods).map(([name, method]) => [name, changeReader(store, name, method)]),
  )
  if (isDisabled(process.env)) return store
  lookForPending(known)
  return wrapStore(store, readers, {
    record: (change, startedAt, span) => writeGoalChange(change, known, startedAt, span),
    captureObjective: capturesObjective(known),
  })
}
