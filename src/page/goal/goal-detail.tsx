import { useEffect } from 'preact/hooks'
import { type GoalDetail, type GoalSummary, stateOf } from '../../backend/api/api.ts'
import { goalHref, goalsHref, isAddress, NO_FILTER } from '../../backend/api/page-address.ts'
import { money } from '../../goal/money.ts'
import { Tokens } from '../goals/goal-row.tsx'
import { useNow } from '../lib/clock.ts'
import { CopyButton } from '../lib/copy-button.tsx'
import { useEscape } from '../lib/escape.ts'
import { ago, duration, exact, line, moment, NOTHING, percent } from '../lib/format.ts'
import { Link } from '../lib/link.tsx'
import { leave } from '../lib/navigation.ts'
import { useQuery } from '../lib/query.ts'
import { StateLabel } from '../lib/state-icon.tsx'
import { Events } from './events.tsx'
import { steps, turns } from './goal-facts.ts'
import { goalLine } from './goal-line.ts'
import { StatusBar } from './status-bar.tsx'
import { Traces } from './traces.tsx'
import { Turns } from './turns.tsx'
import { UsagePlot } from './usage-plot.tsx'

interface Props {
  readonly thread: string
  readonly goal: string
  readonly jaeger: string | null
}

export function GoalPage({ thread, goal, jaeger }: Props) {
  useEscape()
  // Ids that no text in UTF-8 can hold are in no backend.
  const path = () => `api/goals/${[thread, goal].map((id) => encodeURIComponent(id.toWellFormed())).join('/')}`
  // The next goal on its thread may have replaced it.
  const concerns = (event: string) =>
    event.includes(JSON.stringify(goal)) ||
    (event.includes('"event_kind":"created"') && event.includes(JSON.stringify(thread)))
  const { data, error } = useQuery<GoalDetail>(path(), path, { concerns })
  useEffect(() => scrollTo(0, 0), [])
  return (
    <article class="goal-detail">
      <div class="back">
        <button type="button" class="plain" onClick={leave}>
          <span aria-hidden="true">←</span> Goals
        </button>
      </div>
      {error && (
        <p class="error" role="alert">
          {error.status === 404 ? 'There is no such goal, or it was removed since.' : error.message}
        </p>
      )}
      {data && <Details detail={data} jaeger={jaeger} />}
    </article>
  )
}

function Details({ detail, jaeger }: { readonly detail: GoalDetail; readonly jaeger: string | null }) {
  const { goal, events, complete, spans, trace_id } = detail
  const now = useNow()
  const all = steps(events, complete)
  return (
    <>
      <Head goal={goal} />
      <Facts goal={goal} now={now} />
      <StatusBar goal={goal} events={events} now={now} />
      <div class="halves">
        <UsagePlot goal={goal} events={events} />
        <Turns turns={turns(all)} />
      </div>
      <Events steps={all} complete={complete} jaeger={jaeger} />
      <Traces spans={spans} own={trace_id} jaeger={jaeger} />
    </>
  )
}

function Head({ goal }: { readonly goal: GoalSummary }) {
  const { objective, goal_id, thread_id, session_id, service, model, reason, replaced_by } = goal
  return (
    <header class="goal-head">
      <StateLabel state={stateOf(goal)} /> <CopyButton text={() => goalLine(goal)} what="goal as one line" />
      <h1>{objective ? <bdi>{line(objective, 4000)}</bdi> : <bdi class="id">{line(goal_id, 400)}</bdi>}</h1>
      {reason !== null && (
        <p class="reason">
          <bdi>{line(reason, 4000)}</bdi>
        </p>
      )}
      <Unrecorded goal={goal} />
      <dl class="ids">
        <Id
          name="Agent"
          text={service}
          href={service === null ? undefined : goalsHref({ ...NO_FILTER, period: 'all', service })}
        />
        {model !== null && <Id name="Model" text={model} />}
        <Id name="Goal" text={goal_id} copy />
        <Id name="Thread" text={thread_id} copy href={goalsHref({ ...NO_FILTER, period: 'all', thread: thread_id })} />
        {session_id !== thread_id && <Id name="Session" text={session_id} copy />}
        {replaced_by !== null && <Successor thread={thread_id} goal={replaced_by} />}
      </dl>
    </header>
  )
}

/** How to record what is missed here. */
function Unrecorded({ goal: { objective, service } }: { readonly goal: GoalSummary }) {
  const isNamed = service !== null && !service.startsWith('unknown_service')
  if (objective && isNamed) return null
  return (
    <p class="soft">
      {!objective && (
        <>
          What it says is not recorded: <code>goaltrace run --objectives</code> records it.{' '}
        </>
      )}
      {!isNamed && (
        <>
          <code>OTEL_SERVICE_NAME</code> names its agent.
        </>
      )}
    </p>
  )
}

interface IdProps {
  readonly name: string
  readonly text: string | null
  readonly copy?: boolean
  /** Where the goals are that have it too. */
  readonly href?: string | undefined
}

function Id({ name, text, copy, href }: IdProps) {
  const shown = <bdi class={copy ? 'id' : ''}>{text === null ? NOTHING : line(text, 120)}</bdi>
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {href !== undefined && isAddress(href) ? <Link href={href}>{shown}</Link> : shown}
        {copy && text !== null && <CopyButton text={text} what={name.toLowerCase()} />}
      </dd>
    </div>
  )
}

function Successor({ thread, goal }: { readonly thread: string; readonly goal: string }) {
  return (
    <div>
      <dt>Replaced by</dt>
      <dd>
        <Link href={goalHref({ thread_id: thread, goal_id: goal })}>
          <bdi class="id">{line(goal, 120)}</bdi>
        </Link>
      </dd>
    </div>
  )
}

function Facts({ goal, now }: { readonly goal: GoalSummary; readonly now: number }) {
  const { tokens_used, token_budget, time_used_seconds, cost, first_at, last_at, stopped_at, events } = goal
  const part = tokens_used === null || token_budget === null ? null : Number(tokens_used) / Number(token_budget)
  const lasted = (Date.parse(stopped_at ?? new Date(now).toISOString()) - Date.parse(first_at)) / 1000
  return (
    <dl class="figures">
      <div class="figure">
        <dt>Tokens</dt>
        <dd>{exact(tokens_used)}</dd>
        <dd class="more">
          {token_budget === null ? 'no budget' : `${percent(part)} of ${exact(token_budget)}`}
          <Tokens goal={goal} />
        </dd>
      </div>
      {cost !== null && (
        <div class="figure">
          <dt>Cost</dt>
          <dd>{money(cost)}</dd>
          <dd class="more">{line(goal.model ?? '', 60)}</dd>
        </div>
      )}
      <div class="figure">
        <dt>Time</dt>
        <dd>{duration(time_used_seconds)}</dd>
        <dd class="more">accounted by the agent</dd>
      </div>
      <div class="figure">
        <dt>{stopped_at === null ? 'Runs for' : 'From start to stop'}</dt>
        <dd>{duration(Math.max(0, Math.round(lasted)))}</dd>
        <dd class="more">since {moment(first_at)}</dd>
      </div>
      <div class="figure">
        <dt>Last change</dt>
        <dd>
          <time dateTime={last_at}>{ago(last_at, now)}</time>
        </dd>
        <dd class="more">{moment(last_at)}</dd>
      </div>
      <div class="figure">
        <dt>Events</dt>
        <dd>{exact(events)}</dd>
        <dd class="more">{stopped_at === null ? 'still active' : `stopped ${ago(stopped_at, now)}`}</dd>
      </div>
    </dl>
  )
}
