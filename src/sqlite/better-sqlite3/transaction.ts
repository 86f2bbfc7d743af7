import { observationOf } from '../observations.ts'
import { patchedFunction } from '../patched-method.ts'
import type { BetterSqlite3Database } from './database.ts'

type Run = (...args: unknown[]) => unknown
/** What database.transaction() makes: a function, with one for each way to begin, which have the same properties. */
type TransactionFunction = Run & { readonly [name: string]: unknown }
export type Transaction = (...args: unknown[]) => TransactionFunction

const WAYS = ['default', 'deferred', 'immediate', 'exclusive'] as const

/** Its functions begin a transaction by statements that are prepared past `prepare`. */
export function patchTransaction(transaction: Transaction): Transaction {
  return function (this: BetterSqlite3Database, ...args) {
    const made = transaction.apply(this, args)
    const starts = () => observationOf(this)?.transactionStarts()
    const observed = (run: Run) =>
      patchedFunction(run, () => {
        return function (this: unknown, ...given: unknown[]) {
          starts()
          return run.apply(this, given)
        }
      })
    const runs = [made, ...WAYS.map((way) => made[way])].filter((run) => typeof run === 'function') as Run[]
    const patched = new Map<unknown, Run>([...new Set(runs)].map((run) => [run, observed(run)]))
    for (const one of patched.values()) {
      for (const name of [...WAYS, 'database']) {
        const descriptor = Object.getOwnPropertyDescriptor(made, name)
        if (descriptor === undefined) continue
        Object.defineProperty(one, name, { ...descriptor, value: patched.get(descriptor.value) ?? descriptor.value })
      }
    }
    return patched.get(made) as TransactionFunction
  }
}
