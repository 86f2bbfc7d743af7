import type { Proposal } from '../../mapping/proposed-mapping.ts'
import { printable } from '../terminal/printable.ts'

/** What somebody who reads a proposal has to know of it, a line each. */
export function proposalNotes({ mappings, guesses, left }: Proposal): string[] {
  const words = mappings.flatMap(({ mapping, unknown }) =>
    unknown.map((word) => `${mapping.table}: ${JSON.stringify(word)}`),
  )
  const columns = mappings.flatMap(({ mapping, left }) => left.map((one) => `${mapping.table}.${one}`))
  const others = guesses.map(({ mapping }) => mapping.table)
  return [
    ...(words.length > 0
      ? [
          `Only you can say what these statuses mean; put it in place of "?", as such changes are not reported: ${words.join(', ')}`,
        ]
      : []),
    ...columns.map((one) => `Left out: ${one}`),
    ...left.map((one) => `Left out: ${one}`),
    ...(others.length > 0 ? [`Left out, as less like goals: ${others.join(', ')}`] : []),
  ].map(printable)
}
