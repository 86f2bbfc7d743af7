import { useEffect, useRef, useState } from 'preact/hooks'
import { GOAL_STATES, type GoalState } from '../../backend/api/api.ts'
import { type Filter, goalsHref } from '../../backend/api/page-address.ts'
import { exact, line, shortId } from '../lib/format.ts'
import { Link } from '../lib/link.tsx'
import { go } from '../lib/navigation.ts'
import { StateIcon } from '../lib/state-icon.tsx'
import { STATE_NAMES } from '../lib/states.ts'
import { exportGoals } from './export.ts'

export function GoalsFilter({ filter, total }: { readonly filter: Filter; readonly total: number | undefined }) {
  const { states } = filter
  const toggled = (state: GoalState) =>
    goalsHref({
      ...filter,
      states: states.includes(state) ? states.filter((one) => one !== state) : [...states, state],
    })
  return (
    <div class="goals-head">
      <h2>
        Goals <span class="number soft">{total === undefined ? '' : exact(total)}</span>
      </h2>
      <Counted filter={filter} />
      {filter.thread !== null && (
        <Link
          class="counted"
          href={goalsHref({ ...filter, thread: null })}
          aria-label={`Take off the filter: Thread ${line(filter.thread, 120)}`}
        >
          Thread <bdi class="id">{shortId(filter.thread)}</bdi> <span aria-hidden="true">×</span>
        </Link>
      )}
      <nav class="chips" aria-label="State">
        {GOAL_STATES.map((state) => (
          <Link key={state} href={toggled(state)} aria-current={states.includes(state) ? 'true' : undefined}>
            <StateIcon state={state} />
            {STATE_NAMES[state]}
          </Link>
        ))}
      </nav>
      <Search filter={filter} />
      <Export filter={filter} />
      {/* Said when a filter changed it, and not for every goal that an agent takes on. */}
      <Announcement of={goalsHref(filter)} total={total} />
    </div>
  )
}

/** What a figure of the summary has narrowed the list to; leads back to all of it. */
function Counted({ filter }: { readonly filter: Filter }) {
  const { time, stopped } = filter
  if (time === 'changed' && stopped.length === 0) return null
  const reasons = stopped.map((reason) => STATE_NAMES[reason].toLowerCase()).join(', ')
  const name = time === 'created' ? 'Created in this time' : 'Stopped in this time'
  return (
    <Link
      class="counted"
      href={goalsHref({ ...filter, time: 'changed', stopped: [] })}
      aria-label={`Take off the filter: ${name}${reasons && `: ${reasons}`}`}
    >
      {name}
      {reasons && `: ${reasons}`} <span aria-hidden="true">×</span>
    </Link>
  )
}

/** All that match, not only what was read so far. */
function Export({ filter }: { readonly filter: Filter }) {
  const [failed, setFailed] = useState<string>()
  const save = (kind: 'csv' | 'json') => {
    setFailed(undefined)
    exportGoals(filter, kind).catch((error: Error) => setFailed(error.message))
  }
  return (
    <span class="export">
      {(['csv', 'json'] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          class="plain"
          title={`Save this list as ${kind.toUpperCase()}`}
          onClick={() => save(kind)}
        >
          {kind.toUpperCase()}
        </button>
      ))}
      {failed !== undefined && (
        <span class="error" role="alert">
          {failed}
        </span>
      )}
    </span>
  )
}

/** Milliseconds from the last key to the search. */
const TYPED = 200

function Search({ filter }: { readonly filter: Filter }) {
  const [text, setText] = useState(filter.search)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setText(filter.search), [filter.search])
  useEffect(() => () => clearTimeout(timer.current), [])
  const search = (value: string) => {
    setText(value)
    clearTimeout(timer.current)
    // One step for Back, and not one a letter.
    timer.current = setTimeout(() => go(goalsHref({ ...filter, search: value.trim() }), filter.search !== ''), TYPED)
  }
  return (
    <input
      type="search"
      class="search"
      aria-label="Search goals"
      placeholder="Search"
      maxLength={200}
      value={text}
      onInput={({ currentTarget }) => search(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text !== '') search('')
      }}
    />
  )
}

function Announcement({ of, total }: { readonly of: string; readonly total: number | undefined }) {
  const [said, setSaid] = useState('')
  const before = useRef({ of, total })
  useEffect(() => {
    if (before.current.of === of) return
    // The answer to the new filter comes after it.
    const timer = setTimeout(() => {
      before.current = { of, total }
      setSaid(total === undefined ? '' : `${exact(total)} goals match`)
    }, 500)
    return () => clearTimeout(timer)
  }, [of, total])
  return (
    <p class="hidden" role="status">
      {said}
    </p>
  )
}
