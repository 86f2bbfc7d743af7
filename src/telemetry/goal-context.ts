import { AsyncLocalStorage } from 'node:async_hooks'
import { checkGoalContext } from '../event/check-goal-context.ts'
import type { GoalContext } from '../event/goal-context.ts'

// Its own storage, so that it works where no OpenTelemetry context manager is registered; one a process, so that the
// ESM and the CommonJS build, and the one bundled into `register`, share it.
const KEY = Symbol.for('goaltrace.context')
const registry = globalThis as { [KEY]?: AsyncLocalStorage<GoalContext> }
registry[KEY] ??= new AsyncLocalStorage<GoalContext>()
const storage = registry[KEY]

/**
 * Runs `fn`, sync or async, with what is known of the goals that it changes; inner contexts add to outer ones.
 * @throws {TypeError} where the context cannot be meant, or there is nothing to run; then nothing is run.
 */
export function withGoalContext<T>(context: GoalContext, fn: () => T): T {
  if (typeof context !== 'object' || context === null) {
    throw new TypeError(`withGoalContext: expected a context object, got ${kindOf(context)}`)
  }
  checkGoalContext('withGoalContext: ', context)
  if (typeof fn !== 'function') throw new TypeError(`withGoalContext: expected a function, got ${kindOf(fn)}`)
  return storage.run({ ...storage.getStore(), ...context }, fn)
}

/** A null is no object here. */
const kindOf = (given: unknown) => (given === null ? 'null' : typeof given)

export function activeGoalContext(): GoalContext | undefined {
  return storage.getStore()
}
