import { AsyncLocalStorage } from 'node:async_hooks'
import { check } from '../base/check.ts'
import { FUNCTION } from '../base/rules.ts'
import { checkGoalContext } from '../event/check-goal-context.ts'
import type { GoalContext } from '../event/goal-context.ts'

// Its own storage, so that it works where no OpenTelemetry context manager is registered; one per process, so that the
// ESM and the CommonJS build, and the one bundled into `register`, share it.
const KEY = Symbol.for('goaltrace.context')
const registry = globalThis as { [KEY]?: AsyncLocalStorage<GoalContext> }
registry[KEY] ??= new AsyncLocalStorage<GoalContext>()
const storage = registry[KEY]

/**
 * Runs `fn`, sync or async, with what is known of the goals that it changes; inner contexts add to outer ones.
 * @throws {TypeError} where the context is not valid, or `fn` is not a function; then nothing is run.
 */
export function withGoalContext<T>(context: GoalContext, fn: () => T): T {
  checkGoalContext('withGoalContext', context)
  check('withGoalContext', 'fn', fn, FUNCTION)
  return storage.run({ ...storage.getStore(), ...context }, fn)
}

export function activeGoalContext(): GoalContext | undefined {
  return storage.getStore()
}
