import type { ProposalRemarks } from '../../mapping/proposed-mapping.ts'
import { printable } from '../terminal/printable.ts'

/** What somebody who reads a proposal has to know of it, a line each. */
export function proposalNotes({ unknown, left, others }: ProposalRemarks): string[] {
  const words = unknown.map(({ table, word }) => `${table}: ${JSON.stringify(word)}`).join(', ')
  return [
    ...(words
      ? [
          `Only you can say what these statuses mean; put it in place of "?", as such changes are not reported: ${words}`,
        ]
      : []),
    ...left.map((one) => `Left out: ${one}`),
    ...(others.length > 0 ? [`Left out, as less like goals: ${others.join(', ')}`] : []),
  ].map(printable)
}
