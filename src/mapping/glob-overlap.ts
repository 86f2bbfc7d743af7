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
 * Whether something can match two lists of patterns.
 * @param any Stands for any number of parts.
 */
function meets(
  one: readonly string[],
  other: readonly string[],
  any: string,
  isMet: (one: string, other: string) => boolean,
): boolean {
  const [[first, ...rest], [second, ...others]] = [one, other]
  if (first === any) return meets(rest, other, any, isMet) || (second !== undefined && meets(one, others, any, isMet))
  if (second === any) return meets(other, one, any, isMet)
  if (first === undefined || second === undefined) return first === second
  return isMet(first, second) && meets(rest, others, any, isMet)
}
