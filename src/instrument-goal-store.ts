import { type GoalMethods, type MethodTelling, methodTelling } from './capture/goal-method.ts'
import { StoreCalls } from './capture/store-calls.ts'
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
  const tellings = new Map<PropertyKey, MethodTelling>(
    Object.entries(methods).map(([name, method]) => [name, methodTelling(store, name, method)]),
  )
  if (process.env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return store
  const calls = new StoreCalls(options)
  const shown = new Map<PropertyKey, { readonly of: unknown; readonly is: unknown }>()
  const instrumented: S = new Proxy(standIn(store), {
    get(_, name) {
      // On the store itself, as a getter may read what only the store has, a `#private` field for one.
      const value: unknown = Reflect.get(store, name, store)
      if (typeof value !== 'function' || name === 'constructor') return value
      const known = shown.get(name)
      if (known?.of === value) return known.is
      const telling = tellings.get(name)
      const is = new Proxy(value, {
        apply(method: CallableFunction, self: unknown, args: unknown[]) {
          const call = () => Reflect.apply(method, self === instrumented ? store : self, args)
          const result = telling === undefined ? call() : calls.run(String(name), telling, args, call)
          return result === store ? instrumented : result
        },
      })
      shown.set(name, { of: value, is })
      return is
    },
    set: (_, name, value) => Reflect.set(store, name, value, store),
    defineProperty: (_, name, descriptor) => Reflect.defineProperty(store, name, descriptor),
  })
  return instrumented
}

/**
 * What a proxy shows of a frozen property has to be what its target has
 * (https://tc39.es/ecma262/#sec-proxy-object-internal-methods-and-internal-slots-get-p-receiver), so a store with such
 * ones is stood in for by a copy of its shape.
 */
function standIn<S extends object>(store: S): S {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(store))
  if (properties.every(([, { configurable, writable }]) => configurable || writable)) return store
  const loose = properties.map(([name, descriptor]) => [name, { ...descriptor, configurable: true }])
  return Object.create(Object.getPrototypeOf(store), Object.fromEntries(loose))
}
