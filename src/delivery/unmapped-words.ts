import { warnOnce } from '../base/diagnose.ts'
import { quotedText } from '../base/quoted.ts'
import type { UnmappedChanges } from '../outbox/unmapped-changes.ts'

/** Further words of one table are not reported one by one: the column is most likely not a status. */
const MOST_WORDS = 20

const seen = new Map<string, Set<string>>()

/** Warns of each word at its first sight. */
export function warnOfUnmapped(unmapped: readonly UnmappedChanges[]): void {
  for (const { table, word } of unmapped) {
    const words = seen.get(table) ?? new Set()
    seen.set(table, words)
    if (words.size < MOST_WORDS) words.add(word)
    const of = quotedText(table)
    if (words.has(word)) {
      warnOnce(
        `status ${table} ${word}`,
        `the status ${quotedText(word)} of ${of} is not mapped, so changes to it are not reported; add it to the table's statuses`,
      )
    } else {
      warnOnce(
        `statuses ${table}`,
        `more than ${MOST_WORDS} statuses of ${of} are not mapped; map another column as its status`,
      )
    }
  }
}
