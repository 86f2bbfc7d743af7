const keysOf = new Map<string, readonly string[]>()

/** What is at a path as `data.goal`; undefined where nothing is. Only what the JSON itself has is found. */
export function at(value: unknown, path: string | undefined): unknown {
  if (path === undefined) return value
  return pathKeys(path).reduce(child, value)
}

/** All that is at a path in which `*` is any key or element, with what each `*` stands for. */
export function eachAt(
  value: unknown,
  path: string | undefined,
): { readonly keys: readonly string[]; readonly value: unknown }[] {
  let found: { keys: string[]; value: unknown }[] = [{ keys: [], value }]
  for (const key of path === undefined ? [] : pathKeys(path)) {
    found = found.flatMap(({ keys, value }) => {
      if (key !== '*') return [{ keys, value: child(value, key) }]
      return isParent(value) ? Object.entries(value).map(([name, one]) => ({ keys: [...keys, name], value: one })) : []
    })
  }
  return found
}

/** The parts of a value at some paths, and nothing else of it. */
export function parts(
  value: unknown,
  paths: readonly string[],
  leaf: (value: unknown, path: string) => unknown,
): Record<string, unknown> {
  const kept: Record<string, unknown> = Object.create(null)
  for (const path of paths) {
    let [from, to] = [value, kept]
    const keys = pathKeys(path)
    for (const [n, key] of keys.entries()) {
      const next = child(from, key)
      if (next === undefined) break
      if (n === keys.length - 1) to[key] = leaf(next, path)
      else if (isParent(next)) {
        // A part of which nothing is named is there all the same: it takes the place of what was there before.
        if (!isParent(to[key])) to[key] = Object.create(null)
        to = to[key] as Record<string, unknown>
      } else {
        to[key] = null
        break
      }
      from = next
    }
  }
  return kept
}

/** A copy of parts with another value at a path. */
export function withPart(value: unknown, path: string, part: unknown): Record<string, unknown> {
  const [key = '', ...rest] = pathKeys(path)
  const own = isParent(value) ? (value as Record<string, unknown>) : {}
  return { ...own, [key]: rest.length === 0 ? part : withPart(child(own, key), rest.join('.'), part) }
}

/** Parts with those of others in their place, within objects too. */
export function merged(value: object, over: object): Record<string, unknown> {
  const both = { ...value } as Record<string, unknown>
  for (const [key, part] of Object.entries(over)) {
    const old = child(value, key)
    both[key] = isParent(old) && isParent(part) ? merged(old, part) : part
  }
  return both
}

export function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function pathKeys(path: string): readonly string[] {
  let keys = keysOf.get(path)
  if (keys === undefined) {
    keys = path.split('.')
    keysOf.set(path, keys)
  }
  return keys
}

function child(value: unknown, key: string): unknown {
  return isParent(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}
