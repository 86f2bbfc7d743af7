import { GOAL_TIMES, type GoalState, type GoalTime, isGoalState } from './api.ts'

/** What the page shows stands in its address, as `/?…`: so it can be sent to others, and the browser's Back works. */

export const PERIODS = ['1h', '24h', '7d', '30d', 'all'] as const
export type Period = (typeof PERIODS)[number]

export interface Filter {
  readonly period: Period
  /** Which instant of a goal the period is about. */
  readonly time: GoalTime
  readonly states: readonly GoalState[]
  /** Why they have stopped; any goal where there is none. */
  readonly stopped: readonly GoalState[]
  readonly service: string | null
  readonly search: string
}

export type Address =
  | { readonly view: 'goals'; readonly filter: Filter }
  | { readonly view: 'goal'; readonly thread: string; readonly goal: string }
  | { readonly view: 'rejected' }

export const NO_FILTER: Filter = {
  period: '24h',
  time: 'changed',
  states: [],
  stopped: [],
  service: null,
  search: '',
}

/** The goals that a count of the summary stands for: of its time and agent, whatever else the list is narrowed to. */
export function countedGoals({ period, service }: Filter, counted: Partial<Filter>): Filter {
  return { ...NO_FILTER, period, service, ...counted }
}

/** Leaves out what it does not understand. */
export function parseAddress(query: string): Address {
  const given = new URLSearchParams(query)
  const [thread, goal] = [given.get('thread'), given.get('goal')]
  if (thread !== null && goal !== null) return { view: 'goal', thread, goal }
  if (given.has('rejected')) return { view: 'rejected' }
  const period = PERIODS.find((one) => one === given.get('since')) ?? NO_FILTER.period
  const time = GOAL_TIMES.find((one) => one === given.get('time')) ?? NO_FILTER.time
  const [states, stopped] = [statesOf(given, 'state'), statesOf(given, 'stopped')]
  const [service, search] = [given.get('service'), given.get('search') ?? '']
  return { view: 'goals', filter: { period, time, states, stopped, service, search } }
}

function statesOf(given: URLSearchParams, name: string): GoalState[] {
  return [...new Set(given.getAll(name))].filter(isGoalState)
}

export function goalsHref(filter: Filter): string {
  const query = new URLSearchParams()
  if (filter.period !== NO_FILTER.period) query.append('since', filter.period)
  appendFilter(query, filter)
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

/** The query for `/api/goals`; a relative `since` counts from now. */
export function goalsQuery(filter: Filter): string {
  const query = new URLSearchParams()
  if (filter.period !== 'all') query.append('since', sinceOf(filter.period))
  appendFilter(query, filter)
  return query.toString()
}

/** Parameters that have the same name in the page's address and in the API. */
function appendFilter(query: URLSearchParams, { time, states, stopped, service, search }: Filter): void {
  if (time !== NO_FILTER.time) query.append('time', time)
  for (const state of states) query.append('state', state)
  for (const reason of stopped) query.append('stopped', reason)
  if (service !== null) query.append('service', service)
  if (search) query.append('search', search)
}

/** As many goals as fill a screen; the next ones are read in larger pieces. */
export function firstGoalsQuery(query: string): string {
  return `${query}&limit=100`
}
