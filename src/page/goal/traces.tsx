import { useState } from 'preact/hooks'
import type { StoredSpan } from '../../backend/api/api.ts'
import { counted, duration, exact, line, moment, NOTHING } from '../lib/format.ts'
import { Json } from '../lib/json.tsx'
import { Panel } from '../lib/panel.tsx'
import { TraceId } from './trace-id.tsx'
import { type PlacedSpan, type Trace, traces } from './waterfall.ts'

/** Traces, and spans of one, that are shown at first. */
const TRACES = 20
const SPANS = 100

interface Props {
  readonly spans: readonly StoredSpan[]
  /** The goal's own trace. */
  readonly own: string | null
  readonly jaeger: string | null
}

/** The goal's own trace first, then those of the agent in which it changed, the latest first. */
export function Traces({ spans, own, jaeger }: Props) {
  const [count, setCount] = useState(TRACES)
  const all = traces(spans)
  const first = all.filter(({ id }) => id === own)
  const others = all.filter(({ id }) => id !== own)
  const shown = [...first, ...others.slice(-count).reverse()]
  return (
    <Panel
      title="Spans"
      aside={<p class="point">{`${counted(spans.length, 'span')} in ${counted(all.length, 'trace')}`}</p>}
    >
      {all.length === 0 && (
        <p class="none">
          None are kept. They come by <code>/v1/traces</code>, and old ones make room for new ones.
        </p>
      )}
      {shown.map((trace, at) => (
        <TraceSpans key={trace.id} trace={trace} jaeger={jaeger} open={at === 0} />
      ))}
      {others.length > count && (
        <button type="button" class="more" onClick={() => setCount(count + TRACES)}>
          {exact(others.length - count)} earlier
        </button>
      )}
    </Panel>
  )
}

function TraceSpans({
  trace,
  jaeger,
  open,
}: {
  readonly trace: Trace
  readonly jaeger: string | null
  readonly open: boolean
}) {
  const [shown, setShown] = useState(open)
  const [all, setAll] = useState(false)
  const { id, from, ms, spans } = trace
  return (
    <section class="trace-spans" aria-label={`Trace ${id}`}>
      <header>
        <button type="button" class="opens" aria-expanded={shown} onClick={() => setShown(!shown)}>
          <svg class="arrow" viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
            <path d="m5 3 6 5-6 5z" />
          </svg>
          <time class="number">{moment(from)}</time>
          {ms >= 1 && <span class="number">{duration(ms / 1000)}</span>}
          <span class="soft">{counted(spans.length, 'span')}</span>
        </button>
        <TraceId id={id} jaeger={jaeger} />
      </header>
      {shown && (
        <ul class="spans">
          {(all ? spans : spans.slice(0, SPANS)).map((placed) => (
            <SpanRow key={placed.span.span_id} placed={placed} ms={ms} />
          ))}
        </ul>
      )}
      {shown && !all && spans.length > SPANS && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {exact(spans.length - SPANS)} more
        </button>
      )}
    </section>
  )
}

/** @param ms Of the whole trace. */
function SpanRow({ placed: { span, depth, left, width }, ms }: { readonly placed: PlacedSpan; readonly ms: number }) {
  const [open, setOpen] = useState(false)
  const { name, service, duration_ms, status_code, status_message, attributes } = span
  const failed = status_code === 2
  // A phase of a goal is called as its status, and has the colour of that.
  const phase = attributes['agent_goal.status'] === name ? `fill ${name}` : failed ? 'failed' : ''
  return (
    <li>
      <button type="button" class="span" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="name" style={{ paddingInlineStart: `${Math.min(depth, 12) * 14}px` }} title={line(name, 400)}>
          {failed && <span class="failed">error</span>}
          <bdi>{line(name, 120)}</bdi>
          <bdi class="soft">{line(service ?? NOTHING, 60)}</bdi>
        </span>
        <span class="lane">
          <span
            class={`part ${phase}`}
            style={{ left: `${100 * Math.min(left, 0.998)}%`, width: `${100 * Math.min(width, 1 - left)}%` }}
          />
        </span>
        {/* Of what is written in an instant it matters when that was. */}
        <span class="number" title={`${duration(duration_ms / 1000)}, from ${duration((left * ms) / 1000)} on`}>
          {duration_ms < 1 ? <span class="soft">at {duration((left * ms) / 1000)}</span> : duration(duration_ms / 1000)}
        </span>
      </button>
      {open && (
        <div class="payload">
          {status_message && (
            <p>
              <bdi>{line(status_message, 2000)}</bdi>
            </p>
          )}
          <Json name="attributes" value={attributes} />
        </div>
      )}
    </li>
  )
}
