import { counted } from '../../base/counted.ts'
import { quotedText } from '../../base/quoted.ts'
import type { UnmappedChanges } from '../../outbox/unmapped-changes.ts'

/** Changes that no event reports, as nothing maps their goal's status, for the last line of a command. */
export class UnreportedChanges {
  readonly #counts = new Map<string, number>()

  add({ table, word, changes }: UnmappedChanges): void {
    const what = `${quotedText(word)} of ${table}`
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + changes)
  }

  /** Begins with a semicolon; empty where there are none. */
  text(): string {
    if (this.#counts.size === 0) return ''
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    const words = [...this.#counts].map(([word, count]) => (count === 1 ? word : `${word} (${count})`)).join(', ')
    return `; ${counted(total, 'change')} not reported, as these statuses are not mapped: ${words}; add them to the table's statuses`
  }
}
