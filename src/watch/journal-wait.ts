import { basename } from 'node:path'

/** Milliseconds without a write to a transaction's journal. */
const LONG_TRANSACTION_MS = 2000

/** Distinguishes a transaction that is in the midst of a database's file from one whose process has died. */
export class JournalWait {
  readonly #name: string
  #journal: { readonly stamp: string; readonly since: number } | undefined

  constructor(file: string) {
    this.#name = basename(file)
  }

  /**
   * @param stamp The journal's; undefined where there is none.
   * @param nowMs On a clock that is never set.
   * @returns a sentence for the user, where nothing was written to the journal for a while.
   */
  sentence(stamp: string | undefined, nowMs: number): string | undefined {
    if (stamp === undefined) this.#journal = undefined
    else if (stamp !== this.#journal?.stamp) this.#journal = { stamp, since: nowMs }
    if (this.#journal === undefined || nowMs - this.#journal.since < LONG_TRANSACTION_MS) return undefined
    return `it is read once the transaction of ${this.#name}-journal ends; if the program that wrote it has died, open the database once to end it: \`sqlite3 ${this.#name} .tables\``
  }
}
