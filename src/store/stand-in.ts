import type { ShownFunctions } from './shown-functions.ts'

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * A proxy of the store whose target is no store but stands in for it: what a proxy shows of a frozen property has to be
 * what its target has (https://tc39.es/ecma262/#sec-proxy-object-internal-methods-and-internal-slots-get-p-receiver).
 * So whoever freezes the proxy, or the store, finds in the target what is shown.
 */
export function standIn<S extends object>(store: S, functions: ShownFunctions): S {
  const target = shapeOf(store)
  /** As the store has it; undefined where it has none. */
  const shown = (name: PropertyKey): PropertyDescriptor | undefined => {
    const own = Reflect.getOwnPropertyDescriptor(store, name)
    return own && 'value' in own ? { ...own, value: functions.of(name, own.value) } : own
  }
  const pin = (name: PropertyKey) => Reflect.defineProperty(target, name, shown(name) ?? {})
  const closed = () => {
    for (const name of Reflect.ownKeys(target)) if (!Object.hasOwn(store, name)) Reflect.deleteProperty(target, name)
    for (const name of Reflect.ownKeys(store)) pin(name)
    Reflect.setPrototypeOf(target, Reflect.getPrototypeOf(store))
    return Reflect.preventExtensions(target)
  }
  /** The store may be closed behind the proxy's back. */
  const follow = () => void (Reflect.isExtensible(store) || closed())
  const proxy: S = new Proxy(target, {
    // On the store itself, as a getter may read what only the store has, a `#private` field for one.
    get: (_, name) => functions.of(name, Reflect.get(store, name, store)),
    set: (_, name, value) => Reflect.set(store, name, functions.bare(value), store),
    has(_, name) {
      follow()
      return Reflect.has(store, name)
    },
    deleteProperty: (_, name) => Reflect.deleteProperty(store, name) && Reflect.deleteProperty(target, name),
    ownKeys() {
      follow()
      return Reflect.ownKeys(store)
    },
    getOwnPropertyDescriptor(_, name) {
      follow()
      const own = shown(name)
      const pinned = Reflect.getOwnPropertyDescriptor(target, name)
      if (own === undefined || pinned?.configurable !== false) return own && { ...own, configurable: true }
      return 'value' in own ? { ...own, writable: pinned.writable === true } : own
    },
    defineProperty(_, name, descriptor) {
      const bare = 'value' in descriptor ? { ...descriptor, value: functions.bare(descriptor.value) } : descriptor
      if (!Reflect.defineProperty(store, name, bare)) return false
      return (descriptor.configurable !== false && !Object.hasOwn(target, name)) || pin(name)
    },
    getPrototypeOf() {
      follow()
      return Reflect.getPrototypeOf(store)
    },
    setPrototypeOf: (_, prototype) => Reflect.setPrototypeOf(store, prototype),
    isExtensible() {
      follow()
      return Reflect.isExtensible(target)
    },
    preventExtensions: () => Reflect.preventExtensions(store) && closed(),
    apply: (_, self, args) => Reflect.apply(store as CallableFunction, self, args),
    construct: (_, args, made) => Reflect.construct(store as never, args, made === proxy ? (store as never) : made),
  })
  return proxy
}

/**
 * What is known of the proxy without asking it: what it can be called for, and what `Array.isArray()` and `console.log()`
 * tell of it. A bound function is as constructible as its own, but has no `prototype`, which a class's would be frozen.
 */
function shapeOf<S extends object>(store: S): S {
  const shape = typeof store === 'function' ? boundShape(store) : plainShape(store)
  return Object.defineProperty(shape, INSPECT, { value: () => store, configurable: true }) as S
}

const boundShape = (store: CallableFunction): object => Function.prototype.bind.call(store, undefined)

function plainShape(store: object): object {
  return Array.isArray(store) ? [] : Object.create(Reflect.getPrototypeOf(store))
}
