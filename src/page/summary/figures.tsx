import type { ComponentChildren } from 'preact'
import type { Summary } from '../../backend/api/api.ts'
import { countedGoals, type Filter } from '../../backend/api/page-address.ts'
import { money } from '../../goal/money.ts'
import { compact, counted, duration, exact, line, NOTHING, percent } from '../lib/format.ts'
import { ListLink } from '../lib/list-link.tsx'

interface Props {
  readonly summary: Summary | undefined
  readonly filter: Filter
}

/** What the goals of a time came to, in numbers; each opens the goals that it counts. */
export function Figures({ summary, filter }: Props) {
  if (!summary) return <dl class="figures" aria-busy="true" />
  const { created, stopped, completion_rate, tokens, seconds, budget_use, cost } = summary
  const allStopped = countedGoals(filter, { time: 'stopped' })
  return (
    <dl class="figures">
      <Figure
        name="Created"
        value={exact(created)}
        of={countedGoals(filter, { time: 'created' })}
        more={<ListLink of={allStopped}>{exact(stopped)} stopped</ListLink>}
      />
      <Figure
        name="Completion"
        value={percent(completion_rate)}
        of={countedGoals(filter, { time: 'stopped', stopped: ['complete'] })}
        more={stopped > 0 ? <ListLink of={allStopped}>of {exact(stopped)} stopped</ListLink> : 'none stopped'}
      />
      <Figure
        name="Tokens"
        value={compact(tokens.sum)}
        of={{ ...allStopped, sort: 'tokens' }}
        more={spread(tokens.p50, tokens.p95, compact)}
        title={exact(tokens.sum)}
      />
      {cost && (
        <Figure
          name="Cost"
          value={cost.amount === null ? NOTHING : money({ ...cost, amount: cost.amount })}
          of={{ ...allStopped, sort: 'cost' }}
          title={`By prices of ${line(cost.as_of, 40)}`}
          more={cost.unknown > 0 ? `${counted(cost.unknown, 'goal')} unknown` : 'of all stopped'}
        />
      )}
      <Figure
        name="Time"
        value={duration(seconds.sum)}
        of={{ ...allStopped, sort: 'time' }}
        more={spread(seconds.p50, seconds.p95, duration)}
      />
      <Figure
        name="Budget used, median"
        value={percent(budget_use.p50)}
        of={{ ...allStopped, sort: 'budget' }}
        more={budget_use.p95 === null ? 'no budgets' : `p95 ${percent(budget_use.p95)}`}
      />
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  /** The goals that it is about. */
  readonly of: Filter
  readonly more: ComponentChildren
  readonly title?: string
}

function Figure({ name, value, of, more, title }: FigureProps) {
  return (
    <div class="figure" title={title}>
      <dt>{name}</dt>
      <dd>
        <ListLink of={of}>{value}</ListLink>
      </dd>
      <dd class="more">{more}</dd>
    </div>
  )
}

function spread(p50: number | null, p95: number | null, print: (value: number | null) => string): string {
  return p50 === null ? 'none stopped' : `p50 ${print(p50)}, p95 ${print(p95)}`
}
