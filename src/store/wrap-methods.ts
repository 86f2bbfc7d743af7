/** Runs in place of a method: `call` runs the method itself. */
export type Around = (call: () => unknown, args: readonly unknown[]) => unknown

/**
 * Wraps methods of this object in place, never of its class: what reads a `#private` field runs on the object itself.
 * Methods that cannot be replaced, of a frozen object or of a module's namespace, are wrapped in a copy.
 * @returns The object, or the copy to use in its place.
 */
export function wrapMethods<S extends object>(object: S, arounds: ReadonlyMap<PropertyKey, Around>): S {
  let wrapped = object
  const wrap = (name: PropertyKey, method: CallableFunction) => {
    const around = arounds.get(name)
    // A proxy has the name, the length and the properties of the method.
    return new Proxy(method, {
      apply(_, self: unknown, args: unknown[]) {
        const call = () => Reflect.apply(method, self === wrapped ? object : self, args)
        const result = around ? around(call, args) : call()
        return result === object ? wrapped : result
      },
    })
  }
  const replaced = [...arounds.keys()].map((name) => replaceMethod(object, name, wrap))
  if (replaced.includes(false)) wrapped = copyOf(object, [...arounds.keys()], wrap)
  return wrapped
}

type Wrap = (name: PropertyKey, method: CallableFunction) => CallableFunction

function replaceMethod(object: object, name: PropertyKey, wrap: Wrap): boolean {
  const { enumerable = false, configurable = true } = Reflect.getOwnPropertyDescriptor(object, name) ?? {}
  const value = wrap(name, Reflect.get(object, name))
  const replaced = Reflect.defineProperty(object, name, { value, enumerable, configurable, writable: true })
  return replaced && Reflect.get(object, name) === value
}

/** Has what the object has; its methods and accessors run on the object. */
function copyOf<S extends object>(object: S, methods: readonly PropertyKey[], wrap: Wrap): S {
  const copy = Object.create(object) as S
  for (let owner: object | null = object; owner && owner !== Object.prototype; owner = Reflect.getPrototypeOf(owner)) {
    for (const name of Reflect.ownKeys(owner)) {
      if (Object.hasOwn(copy, name) || name === 'constructor') continue
      const { value, enumerable = false } = Reflect.getOwnPropertyDescriptor(owner, name) ?? {}
      const method = typeof value === 'function' && !isClass(value)
      const property = method ? { value: wrap(name, value) } : { get: () => Reflect.get(object, name) }
      Object.defineProperty(copy, name, { ...property, enumerable, configurable: true })
    }
  }
  // A proxy has more methods than it lists.
  for (const name of methods.filter((name) => !Object.hasOwn(copy, name))) {
    Object.defineProperty(copy, name, {
      value: wrap(name, Reflect.get<object, PropertyKey>(object, name)),
      configurable: true,
    })
  }
  return copy
}

const isClass = (value: object) => Reflect.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
