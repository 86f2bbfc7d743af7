import type { ProposalRemarks } from '../../mapping/proposed-mapping.ts'
import { printable } from '../terminal/printable.ts'

/** What somebody who reads a proposal has to know of it, a line each. */
export function proposalNotes({ unknown, begins, left, others }: ProposalRemarks): string[] {
  const listed = (words: ProposalRemarks['unknown']) =>
    words.map(({ table, word }) => `${table}: ${JSON.stringify(word)}`).join(', ')
  return [
    ...(unknown.length > 0
      ? [
          `Only you can say what these statuses mean; replace "?" in the file, as changes to them are not reported: ${listed(unknown)}`,
        ]
      : []),
    ...(begins.length > 0
      ? [
          `Taken to mean active, as new rows begin with it; correct it in the file if it means something else: ${listed(begins)}`,
        ]
      : []),
    ...left.map((one) => `Left out: ${one}`),
    ...(others.length > 0 ? [`Left out, as they look less like goals: ${others.join(', ')}`] : []),
  ].map(printable)
}
