import { mapOf, NAME, numberFrom, objectOf, type Rule } from '../base/rules.ts'

/** What tokens cost, as somebody wrote it down on a day. None are built in: prices change, and old ones look like new ones. */
export interface Prices {
  /** As it is shown: USD. */
  readonly currency: string
  /** The day they are of, such as 2026-11-01. */
  readonly asOf: string
  /** By the model's name, or by its beginning and `*`: what a million of a goal's tokens costs, input and output together. */
  readonly perMillionTokens: Readonly<Record<string, number>>
}

export const PRICES: Rule = objectOf(
  { currency: NAME, asOf: NAME, perMillionTokens: mapOf(numberFrom(0)) } satisfies Record<keyof Prices, Rule>,
  ['currency', 'asOf', 'perMillionTokens'],
  'an object as {"currency":"USD","asOf":"2026-11-01","perMillionTokens":{"gpt-5*":3.5}}',
)

/** The names in the order in which they are tried: whole ones, then the longest beginning. */
export function priceNames({ perMillionTokens }: Prices): readonly string[] {
  const isPattern = (name: string) => Number(name.endsWith('*'))
  return Object.keys(perMillionTokens).sort((a, b) => isPattern(a) - isPattern(b) || b.length - a.length)
}

/** What some tokens of a model cost; null where that is not known. */
export function costOf(prices: Prices, model: string | null, tokens: number | null): number | null {
  if (model === null || tokens === null) return null
  const name = priceNames(prices).find(
    (one) => one === model || (one.endsWith('*') && model.startsWith(one.slice(0, -1))),
  )
  return name === undefined ? null : (tokens * (prices.perMillionTokens[name] as number)) / 1e6
}
