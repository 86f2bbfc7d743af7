// One per process, so that two copies of goaltrace (ESM and CommonJS, or the one bundled into `register`) patch once.
const PATCHED = Symbol.for('goaltrace.patched')

/** Marks a method, not its class: better-sqlite3's are patched before they become its class's. */
export function isPatched(method: unknown): boolean {
  return typeof method === 'function' && PATCHED in method
}

/** Replaces a method where there is one, as the same property, so that a stack trace and `database.prepare.name` read as before. */
export function patchMethod<This extends object, Method extends (...args: never[]) => unknown>(
  methods: This,
  name: string | symbol,
  patch: (original: Method) => (this: This, ...args: Parameters<Method>) => ReturnType<Method>,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(methods, name)
  if (typeof descriptor?.value !== 'function' || isPatched(descriptor.value)) return
  const value = patchedFunction(descriptor.value as Method, patch)
  Object.defineProperty(methods, name, { ...descriptor, value })
}

/** A function that takes the place of another one, under its name. */
export function patchedFunction<Original extends (...args: never[]) => unknown, Patched extends object>(
  original: Original,
  patch: (original: Original) => Patched,
): Patched {
  const value = patch(original)
  Object.defineProperty(value, PATCHED, { value: true })
  for (const key of ['name', 'length'] as const) Object.defineProperty(value, key, { value: original[key] })
  return value
}

/** The prototype that has a method first of all: that of the driver's class, whatever extends it. */
export function ownerOf<T extends object>(object: T, method: string): T {
  const above: T | null = Object.getPrototypeOf(object)
  return above !== null && method in above ? ownerOf(above, method) : object
}
