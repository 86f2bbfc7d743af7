import { GOAL_SORTS, GOAL_TIMES, type GoalSort, type GoalState, type GoalTime, isGoalState } from './api.ts'

/** What the page shows stands in its address, as `/?…`: so it can be sent to others, and the browser's Back works. */

export const PERIODS = ['1h', '24h', '7d', '30d', 'all'] as const
export type Period = (typeof PERIODS)[number]

/** A time with a beginning and an end, ISO 8601 in UTC. */
export interface Range {
  readonly since: string
  readonly until: string
}

export interface Filter {
  readonly period: Period | Range
  /** Which instant of a goal the period is about. */
  readonly time: GoalTime
  readonly states: readonly GoalState[]
  /** Why they have stopped; any goal where there is none. */
  readonly stopped: readonly GoalState[]
  readonly service: string | null
  readonly thread: string | null
  readonly search: string
  readonly sort: GoalSort
  readonly ascending: boolean
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
  thread: null,
  search: '',
  sort: 'changed',
  ascending: false,
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
  const period = periodOf(given)
  const time = GOAL_TIMES.find((one) => one === given.get('time')) ?? NO_FILTER.time
  const [states, stopped] = [statesOf(given, 'state'), statesOf(given, 'stopped')]
  const [service, search] = [given.get('service'), given.get('search') ?? '']
  const sort = GOAL_SORTS.find((one) => one === given.get('sort')) ?? NO_FILTER.sort
  const ascending = given.get('order') === 'asc'
  return { view: 'goals', filter: { period, time, states, stopped, service, thread, search, sort, ascending } }
}

function periodOf(given: URLSearchParams): Period | Range {
  const [since, until] = [given.get('since'), given.get('until')]
  if (since !== null && until !== null && isTime(since) && isTime(until)) return { since, until }
  return PERIODS.find((one) => one === since) ?? NO_FILTER.period
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]{5,12}Z$/.test(text) && !Number.isNaN(Date.parse(text))
}

function statesOf(given: URLSearchParams, name: string): GoalState[] {
  return [...new Set(given.getAll(name))].filter(isGoalState)
}

export function goalsHref(filter: Filter): string {
  const query = new URLSearchParams()
  if (typeof filter.period === 'object') appendRange(query, filter.period)
  else if (filter.period !== NO_FILTER.period) query.append('since', filter.period)
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

/** The time of a filter as the API takes it; that of `24h` begins 24 hours before the asking. */
export function appendPeriod(query: URLSearchParams, period: Period | Range, now = Date.now()): void {
  if (typeof period === 'object') appendRange(query, period)
  else if (period !== 'all') query.append('since', new Date(now - HOURS[period] * 3_600_000).toISOString())
}

function appendRange(query: URLSearchParams, { since, until }: Range): void {
  query.append('since', since)
  query.append('until', until)
}

/** The query for `/api/goals`; a relative `since` counts from now. */
export function goalsQuery(filter: Filter): string {
  const query = new URLSearchParams()
  appendPeriod(query, filter.period)
  appendFilter(query, filter)
  return query.toString()
}

/** Parameters that have the same name in the page's address and in the API. */
function appendFilter(
  query: URLSearchParams,
  { time, states, stopped, service, thread, search, sort, ascending }: Filter,
): void {
  if (time !== NO_FILTER.time) query.append('time', time)
  for (const state of states) query.append('state', state)
  for (const reason of stopped) query.append('stopped', reason)
  if (service !== null) query.append('service', service)
  if (thread !== null) query.append('thread', thread)
  if (search) query.append('search', search)
  if (sort !== NO_FILTER.sort) query.append('sort', sort)
  if (ascending) query.append('order', 'asc')
}

/** As many goals as fill a screen; the next ones are read in larger pieces. */
export function firstGoalsQuery(query: string): string {
  return `${query}&limit=100`
}
