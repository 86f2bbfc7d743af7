import type { Summary } from '../../backend/api/api.ts'
import { type Filter, sinceOf } from '../../backend/api/page-address.ts'
import { compact, duration, exact, percent } from '../lib/format.ts'
import { useQuery } from '../lib/query.ts'
import { AgentCosts } from './agent-costs.tsx'
import { GoalsPlot, TokensPlot } from './step-plots.tsx'
import { StopReasons } from './stop-reasons.tsx'

/** What the goals of the chosen time came to. */
export function SummarySection({ filter, paused }: { readonly filter: Filter; readonly paused: boolean }) {
  const { period, service } = filter
  const path = () => {
    const query = new URLSearchParams({ since: sinceOf(period) })
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
      <Figures summary={data} />
      <div class="panels">
        <StopReasons summary={data} filter={filter} />
        <TokensPlot summary={data} />
        <GoalsPlot summary={data} />
        <AgentCosts summary={data} filter={filter} />
      </div>
    </section>
  )
}

function Figures({ summary }: { readonly summary: Summary | undefined }) {
  if (!summary) return <dl class="figures" aria-busy="true" />
  const { now, created, stopped, completion_rate, tokens, seconds, budget_use } = summary
  return (
    <dl class="figures">
      <Figure
        name="Active now"
        value={exact(now.active)}
        more={`${exact(now.paused)} paused, ${exact(now.blocked)} blocked`}
      />
      <Figure name="Created" value={exact(created)} more={`${exact(stopped)} stopped`} />
      <Figure
        name="Completion"
        value={percent(completion_rate)}
        more={stopped > 0 ? `of ${exact(stopped)} stopped` : 'none stopped'}
      />
      <Figure
        name="Tokens"
        value={compact(tokens.sum)}
        more={spread(tokens.p50, tokens.p95, compact)}
        title={exact(tokens.sum)}
      />
      <Figure name="Time" value={duration(seconds.sum)} more={spread(seconds.p50, seconds.p95, duration)} />
      <Figure
        name="Budget used"
        value={percent(budget_use.p50)}
        more={budget_use.p95 === null ? 'no budgets' : `p95 ${percent(budget_use.p95)}`}
      />
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly more: string
  readonly title?: string
}

function Figure({ name, value, more, title }: FigureProps) {
  return (
    <div class="figure" title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd class="more">{more}</dd>
    </div>
  )
}

function spread(p50: number | null, p95: number | null, print: (value: number | null) => string): string {
  return p50 === null ? 'none stopped' : `p50 ${print(p50)}, p95 ${print(p95)}`
}
