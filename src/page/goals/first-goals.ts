import type { GoalsPage } from '../../backend/api/api.ts'
import { type Filter, firstGoalsQuery, goalsHref, goalsQuery, parseAddress } from '../../backend/api/page-address.ts'
import { parseJson } from '../../otlp/json.ts'
import { read } from '../lib/query.ts'

export interface FirstGoals {
  /** Which goals: for what is behind them. */
  readonly query: string
  readonly page: GoalsPage
}

/** What came with the page for the address that it was opened with: src/backend/page-goals.ts. */
let given = document.getElementById('goals')?.textContent

/** Of these goals, for one taker: later it is no longer true. */
export function takeGiven(filter: Filter): FirstGoals | undefined {
  const address = parseAddress(location.search)
  const text = address.view === 'goals' && goalsHref(address.filter) === goalsHref(filter) ? given : undefined
  given = undefined
  return text ? (parseJson(text) as FirstGoals) : undefined
}

export async function readFirst(filter: Filter, signal: AbortSignal): Promise<FirstGoals> {
  const query = goalsQuery(filter)
  return { query, page: await read<GoalsPage>(`api/goals?${firstGoalsQuery(query)}`, signal) }
}
