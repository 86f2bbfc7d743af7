import { type GoalMethods, type MethodTelling, methodTelling } from '../store/goal-method.ts'
import { type Around, ShownFunctions } from '../store/shown-functions.ts'
import { standIn } from '../store/stand-in.ts'
import { StoreCalls } from '../store/store-calls.ts'
import { checkOptions } from './observe-options.ts'
import { RECORD_OPTIONS, type RecordOptions } from './record-goal-change.ts'

/**
 * The same store, whose named methods tell of the goals that they change: each call is a live span, child of the caller's
 * and parent of what the store does in it, and its changes are recorded as `recordGoalChange` does. What a method
 * returns or throws stays as it is; a fault of what tells of it is said on `diag`, and never reaches the store's caller.
 * Use what is returned in place of the store. A method that calls another one of the store's calls the bare one: name the
 * one that is called from outside.
 * @param methods By the name of a method, what its call has changed.
 * @param options As of `recordGoalChange`.
 * @throws {TypeError} where the store is no object, a method is named that it does not have, or an option cannot be meant;
 * {RangeError} where a number is out of its range.
 */
export function instrumentGoalStore<S extends object>(
  store: S,
  methods: GoalMethods<S>,
  options: RecordOptions = {},
): S {
  if ((typeof store !== 'object' && typeof store !== 'function') || store === null) {
    throw new TypeError(
      `instrumentGoalStore: expected an object with methods, got ${store === null ? 'null' : typeof store}`,
    )
  }
  if (typeof methods !== 'object' || methods === null) {
    throw new TypeError(`instrumentGoalStore: methods: expected an object by the names of methods, got ${methods}`)
  }
  checkOptions('instrumentGoalStore', options, RECORD_OPTIONS)
  const tellings = new Map<string, MethodTelling>(
    Object.entries(methods).map(([name, method]) => [name, methodTelling(store, name, method)]),
  )
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return store
  const calls = new StoreCalls(options, (value) => (value === store ? instrumented : value))
  const told = [...tellings].map(([name, telling]): [PropertyKey, Around] => [
    name,
    (_, args, call) => calls.run(name, telling, args, call),
  ])
  const instrumented: S = standIn(store, new ShownFunctions(store, () => instrumented, new Map(told)))
  return instrumented
}
