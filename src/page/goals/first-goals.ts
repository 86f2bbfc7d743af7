import type { GoalsPage, Now } from '../../backend/api/api.ts'
import { type Filter, firstGoalsQuery, goalsHref, goalsQuery, parseAddress } from '../../backend/api/page-address.ts'
import { parseJson } from '../../otlp/json.ts'
import { read } from '../lib/query.ts'

export interface FirstGoals {
  /** Which goals: for what is behind them. */
  readonly query: string
  readonly page: GoalsPage
}

interface Given extends FirstGoals {
  readonly now: Now
}

/** What came with the page for the address that it was opened with: src/backend/page-goals.ts. */
const text = document.getElementById('goals')?.textContent
const given: Partial<Given> = text ? (parseJson(text) as Given) : {}
const opened = parseAddress(location.search)

function isOpened(filter: Filter): boolean {
  return opened.view === 'goals' && goalsHref(opened.filter) === goalsHref(filter)
}

/** The goals of this filter, once: later they are no longer true. */
export function takeGiven(filter: Filter): FirstGoals | undefined {
  const { query, page } = given
  delete (given as { page?: GoalsPage }).page
  return query !== undefined && page && isOpened(filter) ? { query, page } : undefined
}

/** What ran when the page was opened. */
export function givenNow(filter: Filter): Now | undefined {
  return isOpened(filter) ? given.now : undefined
}

export async function readFirst(filter: Filter, signal: AbortSignal): Promise<FirstGoals> {
  const query = goalsQuery(filter)
  return { query, page: await read<GoalsPage>(`api/goals?${firstGoalsQuery(query)}`, signal) }
}
