import { useState } from 'preact/hooks'
import type { StoredEvent } from '../../backend/api/api.ts'
import { compact, duration, exact, line, moment, shortId } from '../lib/format.ts'
import { Json } from '../lib/json.tsx'
import { Panel } from '../lib/panel.tsx'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'
import { type Step, stateAfter, tokensOf } from './goal-facts.ts'
import { TraceId } from './trace-id.tsx'

const PAGE = 50

interface Props {
  readonly steps: readonly Step[]
  readonly complete: boolean
  readonly jaeger: string | null
}

/** Newest first. */
export function Events({ steps, complete, jaeger }: Props) {
  const [count, setCount] = useState(PAGE)
  const start = steps[0] ? Date.parse(steps[0].event.occurred_at) : 0
  const shown = steps.slice(-count).reverse()
  return (
    <Panel title="Events" aside={<p class="point">{exact(steps.length)}</p>}>
      <table class="events">
        <thead>
          <tr>
            <th scope="col" class="at">
              After
            </th>
            <th scope="col" class="what">
              What
            </th>
            <th scope="col" class="number">
              Tokens
            </th>
            <th scope="col" class="number">
              Time
            </th>
            <th scope="col" class="turn">
              Turn
            </th>
            <th scope="col" class="trace">
              Trace
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((step) => (
            <EventRow key={step.event.uid} step={step} start={start} jaeger={jaeger} />
          ))}
        </tbody>
      </table>
      {steps.length > count && (
        <button type="button" class="more" onClick={() => setCount(count + 20 * PAGE)}>
          {exact(steps.length - count)} earlier
        </button>
      )}
      {!complete && <p class="none">Older events are left out here: GET /api/events has them.</p>}
    </Panel>
  )
}

function EventRow({
  step,
  start,
  jaeger,
}: {
  readonly step: Step
  readonly start: number
  readonly jaeger: string | null
}) {
  const [open, setOpen] = useState(false)
  const { event, tokens, seconds } = step
  const { occurred_at, payload, trace_id } = event
  const turn = payload.event_params.turn_id
  const total = tokensOf(event)
  return (
    <>
      <tr class={open ? 'open' : ''}>
        <td class="at number" title={moment(occurred_at)}>
          {duration((Date.parse(occurred_at) - start) / 1000)}
        </td>
        <td class="what">
          <button type="button" class="opens" aria-expanded={open} onClick={() => setOpen(!open)}>
            <svg class="arrow" viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
              <path d="m5 3 6 5-6 5z" />
            </svg>
            <What step={step} />
          </button>
        </td>
        <td class="number" title={total === undefined ? undefined : `${exact(total)} in all`}>
          {tokens > 0 && `+${compact(tokens)}`}
        </td>
        <td class="number">{seconds > 0 && `+${duration(seconds)}`}</td>
        <td class="turn">
          {turn !== null && (
            <bdi class="id" title={line(turn, 400)}>
              {shortId(turn)}
            </bdi>
          )}
        </td>
        <td class="trace">{trace_id && <TraceId id={trace_id} jaeger={jaeger} />}</td>
      </tr>
      {open && (
        <tr class="payload">
          <td colSpan={6}>
            <Details event={event} />
          </td>
        </tr>
      )}
    </>
  )
}

function What({ step: { event, before } }: { readonly step: Step }) {
  const kind = event.payload.event_params.event_kind
  const state = stateAfter(event)
  if (kind === 'usage_accounted') return <span class="kind soft">usage</span>
  return (
    <span class="kind">
      {kind === 'created' ? 'created ' : before ? `${STATE_NAMES[before] ?? line(String(before), 40)} → ` : ''}
      <StateIcon state={state} />
      {STATE_NAMES[state]}
    </span>
  )
}

function Details({ event }: { readonly event: StoredEvent }) {
  const { payload, attributes, resource, uid, received_at } = event
  return (
    <>
      <p class="soft">
        Received {moment(received_at)}, uid <bdi class="id">{line(uid, 100)}</bdi>
      </p>
      <Json name="payload" value={payload} />
      {attributes && <Json name="attributes" value={attributes} />}
      {resource && <Json name="resource" value={resource} />}
    </>
  )
}
