import { type GoalState, type GoalSummary, type StoredEvent, stateOf } from '../../backend/api/api.ts'
import { duration, moment } from '../lib/format.ts'
import { Panel } from '../lib/panel.tsx'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'
import { stateSpans } from './goal-facts.ts'

interface Props {
  readonly goal: GoalSummary
  readonly events: readonly StoredEvent[]
  readonly now: number
}

/** The states of a goal over its time: as wide as they were long, and the last one, where it stopped, a cap at the end. */
export function StatusBar({ goal, events, now }: Props) {
  const replacedAt = stateOf(goal) === 'replaced' ? Date.parse(goal.replaced_at ?? '') : undefined
  const spans = stateSpans(events, now, replacedAt)
  const [first, last] = [spans[0], spans.at(-1)]
  if (!first || !last) return null
  const sums = new Map<GoalState, number>()
  // Where it stopped is the cap: how long it has been stopped is not part of its history.
  const parts = last.state === 'active' ? spans : spans.slice(0, -1)
  const whole = Math.max(
    1,
    parts.reduce((ms, { from, to }) => ms + to - from, 0),
  )
  for (const { state } of spans) sums.set(state, 0)
  for (const { state, from, to } of parts) sums.set(state, (sums.get(state) ?? 0) + to - from)
  const inWords = spans.map(({ state, from, to }) => `${STATE_NAMES[state]} ${duration((to - from) / 1000)}`).join(', ')
  return (
    <Panel
      title="Status"
      class="status-panel"
      aside={
        <ul class="point keys">
          {[...sums].map(([state, ms]) => (
            <li key={state} class="key-state">
              <StateIcon state={state} /> {STATE_NAMES[state]}{' '}
              {ms > 0 && <span class="soft number">{duration(Math.round(ms / 1000))}</span>}
            </li>
          ))}
        </ul>
      }
    >
      <div class="status-bar" role="img" aria-label={`Statuses in their order: ${inWords}`}>
        {parts.map(({ state, from, to }) => (
          <span
            key={from + state}
            class={`fill ${state}`}
            style={{ flexGrow: (to - from) / whole }}
            title={`${STATE_NAMES[state]}\n${moment(from)} – ${moment(to)}\n${duration((to - from) / 1000)}`}
          />
        ))}
        {last.state !== 'active' && (
          <span class={`cap fill ${last.state}`} title={`${STATE_NAMES[last.state]} since ${moment(last.from)}`} />
        )}
      </div>
      <div class="ends number soft" aria-hidden="true">
        <time>{moment(first.from)}</time>
        <time>{last.state === 'active' ? 'now' : moment(last.from)}</time>
      </div>
    </Panel>
  )
}
