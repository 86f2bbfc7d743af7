import { costOf, type Prices, priceNames } from '../../goal/prices.ts'
import type { Cost, Costs } from './api.ts'

interface Spending {
  readonly model: string | null
  readonly tokens: number | null
}

/** What a goal has cost; null without prices, a model or tokens: unknown is not nothing. */
export function goalCost(prices: Prices | undefined, { model, tokens }: Spending): Cost | null {
  const amount = prices === undefined ? null : costOf(prices, model, tokens)
  return prices === undefined || amount === null ? null : { amount, currency: prices.currency }
}

/** What goals have cost together, and of how many that is not known; null without prices. */
export function totalCost(prices: Prices | undefined, goals: readonly Spending[]): Costs | null {
  if (prices === undefined) return null
  const known = goals.flatMap(({ model, tokens }) => costOf(prices, model, tokens) ?? [])
  const amount = known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0)
  return { amount, currency: prices.currency, as_of: prices.asOf, unknown: goals.length - known.length }
}

/**
 * A goal's cost in SQL, to sort by; undefined where no price is known. Names are written as SQL's texts: they are the backend's own, and not a request's.
 */
export function costSql(prices: Prices | undefined): string | undefined {
  if (prices === undefined) return undefined
  const cases = priceNames(prices).map((name) => {
    const text = (value: string) => `'${value.replaceAll("'", "''")}'`
    const beginning = name.slice(0, -1)
    const fits = name.endsWith('*')
      ? `substr(model, 1, ${[...beginning].length}) = ${text(beginning)}`
      : `model = ${text(name)}`
    return `WHEN ${fits} THEN ${prices.perMillionTokens[name]}`
  })
  return cases.length === 0 ? undefined : `tokens_used * CASE ${cases.join(' ')} END`
}
