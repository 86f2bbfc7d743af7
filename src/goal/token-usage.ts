/** A thread's running totals, as a model's API reports them response by response: since the thread began. */
export interface TokenUsage {
  /** Those that came from a cache included. */
  readonly inputTokens: number
  /** The input tokens that came from a cache. */
  readonly cachedInputTokens: number
  readonly outputTokens: number
}

export const NO_TOKENS: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }

/**
 * What was spent between two totals: input that no cache answered, and output. Never negative, even where the totals
 * started again from zero.
 */
export function tokensBetween(before: TokenUsage, after: TokenUsage): number {
  const grown = (key: keyof TokenUsage) => Math.max(0, after[key] - before[key])
  return Math.max(0, grown('inputTokens') - grown('cachedInputTokens') + grown('outputTokens'))
}
