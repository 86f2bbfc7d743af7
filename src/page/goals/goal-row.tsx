import { Component, type ComponentChildren } from 'preact'
import { type GoalSummary, stateOf } from '../../backend/api/api.ts'
import { type Filter, goalHref, goalsHref, isAddress, NO_FILTER } from '../../backend/api/page-address.ts'
import { money } from '../../goal/money.ts'
import { compact, duration, exact, line, moment, NOTHING, shortId } from '../lib/format.ts'
import { Link } from '../lib/link.tsx'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'
import { goalKey } from './goal-list.ts'

interface Props {
  readonly goal: GoalSummary
  readonly filter: Filter
  /** Whether there is a column for what it cost. */
  readonly priced: boolean
  /** Of all rows, the head's being 1. */
  readonly index: number
  readonly tabbed: boolean
  /** How long ago it changed. */
  readonly ago: string
  /** The same function each time. */
  readonly onFocus: (key: string) => void
}

/** Rendered again where it differs, and not with each step of the wheel. */
export class GoalRow extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { goal, filter, priced, index, tabbed, ago } = this.props
    return (
      next.goal !== goal ||
      next.priced !== priced ||
      next.filter !== filter ||
      next.index !== index ||
      next.tabbed !== tabbed ||
      next.ago !== ago
    )
  }

  override render() {
    return <Row {...this.props} />
  }
}

function Row({ goal, filter, priced, index, tabbed, ago, onFocus }: Props) {
  const { goal_id, thread_id, objective, service, time_used_seconds, last_at } = goal
  const state = stateOf(goal)
  return (
    <tr aria-rowindex={index}>
      <td class="status">
        <span class="state">
          <StateIcon state={state} />
          <span>{STATE_NAMES[state]}</span>
        </span>
      </td>
      <td class="goal">
        <Link
          href={goalHref(goal)}
          data-key={goalKey(goal)}
          tabIndex={tabbed ? 0 : -1}
          onFocus={() => onFocus(goalKey(goal))}
          title={line(objective ?? goal_id, 1000)}
        >
          {objective ? <bdi>{line(objective)}</bdi> : <bdi class="id">{line(goal_id, 80)}</bdi>}
        </Link>
      </td>
      <td class="tokens">
        <Tokens goal={goal} />
      </td>
      {priced && <td class="cost number">{goal.cost === null ? NOTHING : money(goal.cost)}</td>}
      <td class="time number">{duration(time_used_seconds)}</td>
      <td class="agent">
        {service === null ? (
          NOTHING
        ) : (
          <Narrowing to={{ ...NO_FILTER, period: filter.period, service }} tabbed={tabbed}>
            <bdi>{line(service, 60)}</bdi>
          </Narrowing>
        )}
      </td>
      <td class="thread" title={line(thread_id, 1000)}>
        <Narrowing to={{ ...NO_FILTER, period: 'all', thread: thread_id }} tabbed={tabbed}>
          <bdi class="id">{shortId(thread_id)}</bdi>
        </Narrowing>
      </td>
      <td class="changed number" title={moment(last_at)}>
        <time dateTime={last_at}>{ago}</time>
      </td>
    </tr>
  )
}

interface NarrowingProps {
  readonly to: Filter
  readonly tabbed: boolean
  readonly children: ComponentChildren
}

/** To the goals that have this in common. */
function Narrowing({ to, tabbed, children }: NarrowingProps) {
  const href = goalsHref(to)
  if (!isAddress(href)) return children
  return (
    <Link class="narrows" href={href} tabIndex={tabbed ? 0 : -1}>
      {children}
    </Link>
  )
}

/** Tokens against the budget, where there is one. */
export function Tokens({ goal }: { readonly goal: Pick<GoalSummary, 'tokens_used' | 'token_budget'> }) {
  const { tokens_used: used, token_budget: budget } = goal
  const part = used === null || budget === null || Number(budget) <= 0 ? undefined : Number(used) / Number(budget)
  const title = `${exact(used)} tokens${budget === null ? '' : ` of ${exact(budget)}`}`
  return (
    <span class="budget" title={title}>
      <span class="number">
        {compact(used)}
        {budget !== null && <span class="soft"> / {compact(budget)}</span>}
      </span>
      <span
        class={`bar${part === undefined ? ' none' : part >= 1 ? ' over' : part >= 0.8 ? ' near' : ''}`}
        aria-hidden="true"
      >
        {part !== undefined && (
          <span style={{ width: `${Math.min(100, Math.max(part > 0 ? 1.5 : 0, 100 * part))}%` }} />
        )}
      </span>
    </span>
  )
}
