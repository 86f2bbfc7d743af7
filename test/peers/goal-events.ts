import type { Made } from './goal-run.ts'

/** What goaltrace is to report of the agent's changes. */
export interface Event {
  readonly name: 'created' | 'usage_accounted' | 'status_changed'
  readonly status: string
  readonly previousStatus: string | undefined
  readonly turn: string
  /** The goal's total. */
  readonly tokens: number
}

export function eventsOf(made: readonly Made[]): Event[] {
  return made.flatMap(({ status, turn, tokens }, n): Event[] => {
    const before = made[n - 1]
    const about = { status, turn, tokens, previousStatus: undefined }
    if (before === undefined) return [{ name: 'created', ...about }]
    const spent: Event[] = tokens === before.tokens ? [] : [{ name: 'usage_accounted', ...about }]
    if (status === before.status) return spent
    return [...spent, { name: 'status_changed', ...about, previousStatus: before.status }]
  })
}
