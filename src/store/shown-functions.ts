/** What is done in place of a call of the function of that name, which `call` does. */
export type Around = (name: PropertyKey, args: unknown[], call: () => unknown) => unknown

/**
 * The functions of an object as a proxy of it shows them: they run on the object itself, as they may read what only that
 * has, a `#private` field for one; and where they give the object, it is the proxy that is given.
 */
export class ShownFunctions {
  readonly #object: object
  readonly #proxy: () => object
  readonly #around: ReadonlyMap<PropertyKey, Around>
  readonly #shown = new Map<PropertyKey, { readonly of: unknown; readonly is: unknown }>()
  readonly #bare = new WeakMap<object, unknown>()

  constructor(object: object, proxy: () => object, around: ReadonlyMap<PropertyKey, Around>) {
    this.#object = object
    this.#proxy = proxy
    this.#around = around
  }

  /** The same each time, as the function itself would be. */
  of(name: PropertyKey, value: unknown): unknown {
    if (typeof value !== 'function' || name === 'constructor') return value
    const around = this.#around.get(name)
    // A class is no method, and is told from others by what it is.
    if (around === undefined && isClass(value)) return value
    const known = this.#shown.get(name)
    if (known?.of === value) return known.is
    const is = new Proxy(value, {
      apply: (method: CallableFunction, self: unknown, args: unknown[]) => {
        const call = () => Reflect.apply(method, self === this.#proxy() ? this.#object : self, args)
        const result = around === undefined ? call() : around(name, args, call)
        return result === this.#object ? this.#proxy() : result
      },
    })
    this.#shown.set(name, { of: value, is })
    this.#bare.set(is, value)
    return is
  }

  /** What is put back where it was shown, by a mock that is restored for one, is not to be shown of what is shown. */
  bare(value: unknown): unknown {
    return typeof value === 'function' ? (this.#bare.get(value) ?? value) : value
  }
}

/** Also one of before there were classes, by what its prototype has. */
function isClass(value: object): boolean {
  const prototype = Reflect.getOwnPropertyDescriptor(value, 'prototype')
  if (prototype === undefined) return false
  if (prototype.writable === false) return true
  const methods: unknown = prototype.value
  if (typeof methods !== 'object' || methods === null || !Object.hasOwn(methods, 'constructor')) return false
  return Reflect.ownKeys(methods).length > 1 || Object.getPrototypeOf(methods) !== Object.prototype
}
