import { UID_BYTES, uidText } from '../base/uid.ts'

/**
 * Remembers the first change of the running transaction that took a goal or usage away. Later changes refer to it, so
 * that a goal which comes back is not reported as cleared and created; see outbox/rewrites.ts. An ordinary change, which
 * follows none, pays nothing for it.
 */
export class Rewrite {
  #inTransaction = false
  #first: Buffer | undefined
  #uid: string | undefined

  /** @param single Whether what runs now is one statement, and so ends no transaction on its way. */
  statementStarts(inTransaction: boolean, single = true): void {
    this.#inTransaction = inTransaction || !single
    if (inTransaction && single) return
    this.#first = undefined
    this.#uid = undefined
  }

  /** @param context The bytes of the change, which begin with its uid. */
  takes(context: Buffer): Buffer {
    // In a single statement nothing comes back.
    if (this.#inTransaction) this.#first ??= Buffer.from(context.subarray(0, UID_BYTES))
    return context
  }

  /** The uid of that change. */
  get uid(): string | undefined {
    if (this.#first !== undefined) this.#uid ??= uidText(this.#first.toString('hex'))
    return this.#uid
  }
}
