import { type Around, ShownFunctions } from './shown-functions.ts'

/** What is done with the outcome, before the caller gets it. */
export interface Outcome {
  succeeded(value: unknown): unknown
  failed(error: unknown): never
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** A query that runs when it is awaited, as query builders give it, is left to its caller to await. */
export function awaitedQuery<T extends PromiseLike<unknown>>(query: T, { succeeded, failed }: Outcome): T {
  return shownThenable(query, () => query.then(succeeded, failed))
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
