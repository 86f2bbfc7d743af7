import { type GoalState, isGoalState } from './api.ts'

/** What the page shows stands in its address, as `/?…`: so it can be sent to others, and the browser's Back works. */

export const PERIODS = ['1h', '24h', '7d', '30d', 'all'] as const
export type Period = (typeof PERIODS)[number]

export interface Filter {
  readonly period: Period
  readonly states: readonly GoalState[]
  readonly service: string | null
  readonly search: string
}

export type Address =
  | { readonly view: 'goals'; readonly filter: Filter }
  | { readonly view: 'goal'; readonly thread: string; readonly goal: string }
  | { readonly view: 'rejected' }

export const NO_FILTER: Filter = { period: '24h', states: [], service: null, search: '' }

/** What it does not understand it leaves out. */
export function parseAddress(query: string): Address {
  const given = new URLSearchParams(query)
  const [thread, goal] = [given.get('thread'), given.get('goal')]
  if (thread !== null && goal !== null) return { view: 'goal', thread, goal }
  if (given.has('rejected')) return { view: 'rejected' }
  const period = PERIODS.find((one) => one === given.get('since')) ?? NO_FILTER.period
  const states = [...new Set(given.getAll('state'))].filter(isGoalState)
  return { view: 'goals', filter: { period, states, service: given.get('service'), search: given.get('search') ?? '' } }
}

export function goalsHref({ period, states, service, search }: Filter): string {
  const query = new URLSearchParams()
  if (period !== NO_FILTER.period) query.append('since', period)
  for (const state of states) query.append('state', state)
  if (service !== null) query.append('service', service)
  if (search) query.append('search', search)
  // An empty query is a different address from the one that is open.
  return query.size > 0 ? `?${query}` : './'
}

export function goalHref({ thread_id, goal_id }: { readonly thread_id: string; readonly goal_id: string }): string {
  return `?${new URLSearchParams({ thread: thread_id, goal: goal_id })}`
}

/** Whether a server reads it: Node's takes 16 KiB of headers, address included. */
export function isAddress(href: string): boolean {
  return href.length < 8000
}

export const REJECTED_HREF = '?rejected'

const HOURS: Readonly<Record<Exclude<Period, 'all'>, number>> = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24 }

/** ISO 8601. */
export function sinceOf(period: Period, now = Date.now()): string {
  return new Date(period === 'all' ? 0 : now - HOURS[period] * 3_600_000).toISOString()
}

/** What `/api/goals` is asked for; the time of `since` is that of the asking. */
export function goalsQuery({ period, states, service, search }: Filter): string {
  const query = new URLSearchParams()
  if (period !== 'all') query.append('since', sinceOf(period))
  for (const state of states) query.append('state', state)
  if (service !== null) query.append('service', service)
  if (search) query.append('search', search)
  return query.toString()
}

/** The goals that fill a screen at once: what lies behind them is read in larger pieces. */
export function firstGoalsQuery(query: string): string {
  return `${query}&limit=100`
}
