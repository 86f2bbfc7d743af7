import { useState } from 'preact/hooks'
import type { GoalState, Now } from '../../backend/api/api.ts'
import { type Filter, NO_FILTER } from '../../backend/api/page-address.ts'
import { givenNow } from '../goals/first-goals.ts'
import { useNow } from '../lib/clock.ts'
import { duration, exact } from '../lib/format.ts'
import { ListLink } from '../lib/list-link.tsx'
import { Panel } from '../lib/panel.tsx'
import { useQuery } from '../lib/query.ts'
import { BlockedGoal, RunningGoal } from './now-goal.tsx'

/** What needs somebody, and what runs: whatever the chosen time is. */
export function NowSection({ filter, paused }: { readonly filter: Filter; readonly paused: boolean }) {
  const { service } = filter
  const [given] = useState(() => ({ of: service, now: givenNow(filter) }))
  const path = () => `api/now${service === null ? '' : `?${new URLSearchParams({ service })}`}`
  const { data: answer, error } = useQuery<Now>(String(service), path, { paused })
  const data = answer ?? (given.of === service && !error ? given.now : undefined)
  const now = useNow(paused)
  const inState = (...states: GoalState[]): Filter => ({ ...NO_FILTER, period: 'all', service, states })
  return (
    <section class="now" aria-label="Now">
      {error && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      {data && data.counts.blocked > 0 && (
        <Panel
          title="Blocked"
          aside={<Count name="in all" count={data.counts.blocked} of={inState('blocked')} />}
          class="needs-help"
        >
          <ul>
            {data.blocked.map((goal) => (
              <BlockedGoal key={JSON.stringify([goal.thread_id, goal.goal_id])} goal={goal} now={now} />
            ))}
          </ul>
        </Panel>
      )}
      <Panel
        title="Running"
        aside={
          data && (
            <p class="point counts">
              <Count name="active" count={data.counts.active} of={inState('active')} />
              {data.counts.stale > 0 && (
                <Count
                  name="stale"
                  count={data.counts.stale}
                  of={inState('stale')}
                  title={`Active, and no event for ${duration(data.stale_after_seconds)}: the agent may have died`}
                />
              )}
              {data.counts.paused > 0 && <Count name="paused" count={data.counts.paused} of={inState('paused')} />}
            </p>
          )
        }
      >
        {data?.running.length === 0 && <p class="none">No goal runs now.</p>}
        <ul>
          {data?.running.map((goal) => (
            <RunningGoal key={JSON.stringify([goal.thread_id, goal.goal_id])} goal={goal} now={now} />
          ))}
        </ul>
      </Panel>
    </section>
  )
}

interface CountProps {
  readonly name: string
  readonly count: number
  readonly of: Filter
  readonly title?: string
}

function Count({ name, count, of, title }: CountProps) {
  return (
    <ListLink class="count" of={of} {...(title !== undefined && { title })}>
      {exact(count)} {name}
    </ListLink>
  )
}
