import type { Summary } from '../../backend/api/api.ts'
import { appendPeriod, type Filter } from '../../backend/api/page-address.ts'
import { useQuery } from '../lib/query.ts'
import { AgentCosts } from './agent-costs.tsx'
import { Figures } from './figures.tsx'
import { GoalsPlot, TokensPlot } from './step-plots.tsx'
import { StopReasons } from './stop-reasons.tsx'

/** What the goals of the chosen time came to. */
export function SummarySection({ filter, paused }: { readonly filter: Filter; readonly paused: boolean }) {
  const { period, service } = filter
  const path = () => {
    const query = new URLSearchParams(period === 'all' ? { since: new Date(0).toISOString() } : {})
    appendPeriod(query, period)
    if (service !== null) query.append('service', service)
    return `api/summary?${query}`
  }
  const { data, error } = useQuery<Summary>(JSON.stringify([period, service]), path, { every: 2000, paused })
  return (
    <section class="summary" aria-label="Summary">
      {error && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      <Figures summary={data} filter={filter} />
      <div class="panels">
        <StopReasons summary={data} filter={filter} />
        <TokensPlot summary={data} filter={filter} />
        <GoalsPlot summary={data} filter={filter} />
        <AgentCosts summary={data} filter={filter} />
      </div>
    </section>
  )
}
