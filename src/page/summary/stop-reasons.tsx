import type { Summary } from '../../backend/api/api.ts'
import { countedGoals, type Filter } from '../../backend/api/page-address.ts'
import { exact, percent } from '../lib/format.ts'
import { ListLink } from '../lib/list-link.tsx'
import { Panel } from '../lib/panel.tsx'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'

export function StopReasons({ summary, filter }: { readonly summary: Summary | undefined; readonly filter: Filter }) {
  const reasons = summary?.reasons ?? []
  const all = reasons.reduce((sum, { goals }) => sum + goals, 0)
  return (
    <Panel title="Why goals stop">
      {all === 0 ? (
        <p class="none">{summary && 'No goal has stopped in this time.'}</p>
      ) : (
        <>
          <div class="share" aria-hidden="true">
            {reasons.map(({ state, goals }) => (
              <span key={state} class={`fill ${state}`} style={{ flexGrow: goals }} />
            ))}
          </div>
          <ul class="reasons">
            {reasons.map(({ state, goals }) => (
              <li key={state}>
                <ListLink of={countedGoals(filter, { time: 'stopped', stopped: [state] })}>
                  <StateIcon state={state} />
                  <span class="name">{STATE_NAMES[state]}</span>
                  <span class="number">{exact(goals)}</span>
                  <span class="number soft">{percent(goals / all)}</span>
                </ListLink>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}
