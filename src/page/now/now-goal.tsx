import type { ComponentChildren } from 'preact'
import { type GoalSummary, stateOf } from '../../backend/api/api.ts'
import { goalHref } from '../../backend/api/page-address.ts'
import { compact, duration, exact, line, moment, percent } from '../lib/format.ts'
import { Link } from '../lib/link.tsx'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'

interface Props {
  readonly goal: GoalSummary
  /** Milliseconds since 1970. */
  readonly now: number
}

export function BlockedGoal({ goal, now }: Props) {
  const since = goal.stopped_at ?? goal.last_at
  return (
    <Row goal={goal} now={now} since={since} title={`Blocked since ${moment(since)}`}>
      {goal.reason !== null && (
        <bdi class="why" title={line(goal.reason, 1000)}>
          {line(goal.reason)}
        </bdi>
      )}
      <Agent goal={goal} />
    </Row>
  )
}

export function RunningGoal({ goal, now }: Props) {
  const { first_at, last_at } = goal
  const silent = Math.max(0, now - Date.parse(last_at)) / 1000
  return (
    <Row goal={goal} now={now} since={first_at} title={`Since ${moment(first_at)}; last event ${moment(last_at)}`}>
      {stateOf(goal, now) === 'stale' && <span class="warning">no news for {roughly(silent)}</span>}
      <BudgetLeft goal={goal} />
      <Agent goal={goal} />
    </Row>
  )
}

interface RowProps extends Props {
  /** When what the row is about began. */
  readonly since: string
  readonly title: string
  readonly children: ComponentChildren
}

function Row({ goal, now, since, title, children }: RowProps) {
  const { objective, goal_id } = goal
  const state = stateOf(goal, now)
  const lasted = Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
  return (
    <li>
      <Link class="now-goal" href={goalHref(goal)}>
        <StateIcon state={state} />
        <span class="hidden">{STATE_NAMES[state]}: </span>
        <span class="what" title={line(objective ?? goal_id, 1000)}>
          {objective ? <bdi>{line(objective)}</bdi> : <bdi class="id">{line(goal_id, 80)}</bdi>}
        </span>
        <span class="lasted number" title={title}>
          {duration(lasted)}
        </span>
        <span class="facts">{children}</span>
      </Link>
    </li>
  )
}

function Agent({ goal: { service } }: { readonly goal: GoalSummary }) {
  return service === null ? null : <bdi class="agent">{line(service, 60)}</bdi>
}

/** From four fifths on it warns, as the event stream and the alerts do. */
function BudgetLeft({ goal }: { readonly goal: GoalSummary }) {
  const [used, budget] = [Number(goal.tokens_used ?? 0), goal.token_budget]
  if (budget === null) return used > 0 ? <span>{compact(used)} tokens</span> : null
  const part = Number(budget) > 0 ? used / Number(budget) : 1
  const left = Number(budget) - used
  return (
    <span class="left" title={`${exact(goal.tokens_used ?? 0)} of ${exact(budget)} tokens used`}>
      <span class={`bar${part >= 1 ? ' over' : part >= 0.8 ? ' near' : ''}`} aria-hidden="true">
        <span style={{ width: `${Math.min(100, 100 * part)}%` }} />
      </span>
      {part >= 0.8 ? (
        <span class={part >= 1 ? 'warning over' : 'warning'}>
          {percent(part)} of {compact(budget)} used
        </span>
      ) : (
        `${compact(left)} of ${compact(budget)} left`
      )}
    </span>
  )
}

/** The largest unit that says it: a second more is no news. */
function roughly(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${exact(Math.floor(seconds / 86_400))} d`
}
