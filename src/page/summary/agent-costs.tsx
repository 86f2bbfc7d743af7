import type { Summary } from '../../backend/api/api.ts'
import { countedGoals, type Filter, goalsHref, isAddress } from '../../backend/api/page-address.ts'
import { money } from '../../goal/money.ts'
import { compact, exact, line, NOTHING } from '../lib/format.ts'
import { ListLink } from '../lib/list-link.tsx'
import { Panel } from '../lib/panel.tsx'

/** Agents that this panel has room for. */
const MOST = 6

export function AgentCosts({ summary, filter }: { readonly summary: Summary | undefined; readonly filter: Filter }) {
  const services = summary?.services.slice(0, MOST) ?? []
  const most = Math.max(1, ...services.map(({ tokens }) => Number(tokens)))
  return (
    <Panel title="Tokens by agent">
      {services.length === 0 ? (
        <p class="none">{summary && 'No agent has spent tokens in this time.'}</p>
      ) : (
        <ul class="agents">
          {services.map(({ service, goals, tokens, cost }) => {
            const name = service === null ? NOTHING : line(service, 60)
            const row = (
              <>
                <span class="name">
                  <bdi>{name}</bdi>
                </span>
                <span class="number">
                  {cost?.amount != null && <span class="soft">{money({ ...cost, amount: cost.amount })} </span>}
                  {compact(tokens)}
                </span>
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${(100 * Number(tokens)) / most}%` }} />
                </span>
              </>
            )
            const chosen = countedGoals(filter, { time: 'stopped', service })
            const title = `${exact(tokens)} tokens, ${exact(goals)} goals`
            return (
              <li key={service} title={title}>
                {service !== null && isAddress(goalsHref(chosen)) ? (
                  <ListLink class="row" of={chosen}>
                    {row}
                  </ListLink>
                ) : (
                  <span class="row">{row}</span>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </Panel>
  )
}
