import { types } from 'node:util'

/** Gets the outcome of a call before the caller does. */
export interface Tap {
  succeeded(value: unknown): void
  failed(error: unknown): void
  /** The outcome cannot be followed. */
  lost(why: string): void
}

type Then = PromiseLike<unknown>['then']

/**
 * Returns the result for the caller of a method, with a tap on its outcome. A promise is followed in the chain that the
 * caller gets, not beside it, so Node still reports a rejection that nobody handles. A query that runs once it is awaited,
 * as query builders return it, is not started here.
 */
export function tapResult(result: unknown, tap: Tap): unknown {
  const then = thenOf(result)
  if (then === undefined) {
    tap.succeeded(result)
    return result
  }
  if (!types.isPromise(result)) return withThen(result as object, tappedThen(result, then, tap), tap)
  // A promise has one outcome, however often it is awaited.
  const once = outcomeOnce(tap)
  if (then !== Promise.prototype.then) return withThen(result, tappedThen(result, then, once), tap)
  let followed: Promise<unknown>
  try {
    followed = tappedThen(result, then, once)() as Promise<unknown>
  } catch {
    tap.lost('its class of promises allows no further ones')
    return result
  }
  // `await` calls no `then` of these, so the caller has to get another promise.
  if (result.constructor === Promise) return withProperties(followed, result)
  return withThen(result, (...on) => followed.then(...on), tap)
}

/** Runs the original `then`, whose callbacks the tap precedes. */
function tappedThen(result: unknown, then: Then, tap: Tap): Then {
  return ((onSuccess, onFailure) =>
    Reflect.apply(then, result, [
      (value: unknown) => {
        tap.succeeded(value)
        return onSuccess ? onSuccess(value) : value
      },
      (error: unknown) => {
        tap.failed(error)
        if (onFailure) return onFailure(error)
        throw error
      },
    ])) as Then
}

function outcomeOnce(tap: Tap): Tap {
  let known = false
  const first = (report: () => void) => {
    if (!known) report()
    known = true
  }
  return {
    succeeded: (value) => first(() => tap.succeeded(value)),
    failed: (error) => first(() => tap.failed(error)),
    lost: tap.lost,
  }
}

/** `catch` and `finally` call it, as those of promises do. */
function withThen<T extends object>(thenable: T, value: Then, tap: Tap): T {
  const own = Reflect.getOwnPropertyDescriptor(thenable, 'then')
  const descriptor = { writable: true, configurable: true, enumerable: own?.enumerable ?? false, value }
  if (!Reflect.defineProperty(thenable, 'then', descriptor)) tap.lost('its result is frozen')
  return thenable
}

function withProperties(promise: Promise<unknown>, of: object): Promise<unknown> {
  return Object.defineProperties(promise, Object.getOwnPropertyDescriptors(of))
}

function thenOf(result: unknown): Then | undefined {
  try {
    const then = (result as { readonly then?: unknown } | null | undefined)?.then
    return typeof then === 'function' ? (then as Then) : undefined
  } catch {
    return undefined
  }
}
