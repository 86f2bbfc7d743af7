import { namesIn } from '../base/within.ts'
import type { Glob } from './glob.ts'

/** Whether a file can match both globs. Pure. */
export function isOverlap(one: Glob, other: Glob): boolean {
  return meets(namesOf(one), namesOf(other), '**', (pattern, name) =>
    meets([...pattern], [...name], '*', isSameCharacter),
  )
}

function namesOf({ root, names }: Glob): string[] {
  return [...namesIn(root), ...names]
}

function isSameCharacter(one: string, other: string): boolean {
  return one === other || one === '?' || other === '?'
}

/**
 * Whether something can match two lists of patterns. From their ends on, as each pair of places is looked at once: with a branch for each
 * wildcard, two globs with eight of them would take seconds.
 * @param any Stands for any number of parts.
 */
function meets(
  one: readonly string[],
  other: readonly string[],
  any: string,
  isMet: (one: string, other: string) => boolean,
): boolean {
  /** By place in `other`: whether what follows there and what follows in `one` can be the same. */
  let met = other.map((_, n) => other.slice(n).every((part) => part === any))
  met.push(true)
  for (const first of one.toReversed()) {
    const next = met
    met = []
    for (let n = other.length; n >= 0; n--) {
      const second = other[n]
      if (first === any || second === any) met[n] = next[n] === true || met[n + 1] === true
      else met[n] = second !== undefined && next[n + 1] === true && isMet(first, second)
    }
  }
  return met[0] === true
}
