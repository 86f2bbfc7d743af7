import { warnOnce } from '../base/diagnose.ts'
import { quotedText } from '../base/quoted.ts'
import type { UnmappedChanges } from './unmapped-changes.ts'

/** Further words of one table are not reported one by one: the column is most likely not a status. */
const MOST_WORDS = 20

/** The words for a status that nothing maps, as far as they were seen. */
export class UnmappedWords {
  readonly #seen = new Map<string, Set<string>>()

  /** What to say of a word, once. */
  sentence(table: string, word: string): string {
    const words = this.#seen.get(table) ?? new Set()
    this.#seen.set(table, words)
    if (words.size < MOST_WORDS) words.add(word)
    const of = quotedText(table)
    return words.has(word)
      ? `the status ${quotedText(word)} of ${of} is not mapped, so changes to it are not reported; add it to the table's statuses`
      : `more than ${MOST_WORDS} statuses of ${of} are not mapped; map another column as its status`
  }
}

const words = new UnmappedWords()

/** Warns of each word at its first sight. */
export function warnOfUnmapped(unmapped: readonly UnmappedChanges[]): void {
  for (const { table, word } of unmapped) {
    const sentence = words.sentence(table, word)
    warnOnce(sentence, sentence)
  }
}
