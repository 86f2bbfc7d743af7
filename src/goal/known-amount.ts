import { warnOnce } from '../base/diagnose.ts'

/**
 * A goal's tokens or seconds as its agent has written them; undefined where they are negative, as no total is.
 * @param table For the message.
 */
export function knownAmount(amount: number | undefined, table: string): number | undefined {
  if (amount === undefined || amount >= 0) return amount
  warnOnce(
    `negative ${table}`,
    `a goal of ${table} has a negative budget, or negative tokens or seconds: they count as unknown`,
  )
  return undefined
}
