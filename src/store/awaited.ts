import { types } from 'node:util'
import { type Around, ShownFunctions } from './shown-functions.ts'

/** What is done with the outcome, before the caller gets it. */
export interface Outcome {
  succeeded(value: unknown): unknown
  failed(error: unknown): never
}

/**
 * The result as its caller gets it, whose outcome is told first. A promise is followed at once; what runs once it is
 * awaited, as query builders have it, is left to its caller to await. Where a promise has more than its outcome, that
 * stays its own. It is not followed on the side, as one that nobody handles would then seem to be handled.
 */
export function awaited(result: unknown, { succeeded, failed }: Outcome): unknown {
  const kind = kindOf(result)
  if (kind === 'value') return succeeded(result)
  const thenable = result as PromiseLike<unknown>
  if (kind === 'query') return shownThenable(thenable, () => thenable.then(succeeded, failed))
  let observed: PromiseLike<unknown>
  try {
    observed = thenable.then(succeeded, failed)
  } catch {
    // Its class makes no promises of others' executors.
    return result
  }
  return kind === 'promise' ? observed : shownThenable(thenable, () => observed)
}

function kindOf(result: unknown): 'value' | 'promise' | 'own promise' | 'query' {
  const then = thenOf(result)
  if (typeof then !== 'function') return 'value'
  if (!types.isPromise(result) || then !== Promise.prototype.then) return 'query'
  const bare = Object.getPrototypeOf(result) === Promise.prototype && Object.getOwnPropertyNames(result).length === 0
  return bare ? 'promise' : 'own promise'
}

function thenOf(result: unknown): unknown {
  try {
    return (result as { readonly then?: unknown } | null | undefined)?.then
  } catch {
    return undefined
  }
}

/** The thenable, but for its outcome, which is the observed one's. */
function shownThenable<T extends PromiseLike<unknown>>(thenable: T, observed: () => PromiseLike<unknown>): T {
  const on =
    (name: 'then' | 'catch' | 'finally'): Around =>
    (_, args) => {
      const outcome = observed() as Promise<unknown>
      // A thenable need have no more than `then`.
      return Reflect.apply(outcome[name] ?? Promise.prototype[name], outcome, args)
    }
  const around = new Map((['then', 'catch', 'finally'] as const).map((name) => [name as PropertyKey, on(name)]))
  const functions = new ShownFunctions(thenable, () => proxy, around)
  const proxy: T = new Proxy(thenable, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      const own = Reflect.getOwnPropertyDescriptor(target, name)
      // Of a frozen property a proxy may show nothing else.
      return own?.configurable === false && own.writable === false ? value : functions.of(name, value)
    },
    set: (target, name, value) => Reflect.set(target, name, functions.bare(value), target),
  })
  return proxy
}
