import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Filter, goalsHref, NO_FILTER } from '../../backend/api/page-address.ts'
import { exact } from '../lib/format.ts'
import { Link } from '../lib/link.tsx'
import { stream } from '../lib/stream.ts'
import { type FirstGoals, takeGiven } from './first-goals.ts'
import { GoalList, type Goals, goalsOf, NONE } from './goal-list.ts'
import { GoalTable } from './goal-table.tsx'
import { GoalsFilter } from './goals-filter.tsx'

/** Milliseconds from an event to the row that it changed. */
const DELAY = 250
/** Milliseconds from a error that passes to the next try. */
const AGAIN = 3000
/** Milliseconds from one request to the next at least. */
const PACE = 1000

interface Props {
  readonly filter: Filter
  readonly paused: boolean
  /** The first answer is there. */
  readonly onListed: () => void
}

export function GoalsSection({ filter, paused, onListed }: Props) {
  const section = useRef<HTMLElement>(null)
  const { goals, list } = useGoals(filter, paused, () => isAbove(section.current))
  const { rows, total, error, stale } = goals
  const listed = total !== undefined
  useEffect(() => {
    if (listed) onListed()
  }, [listed])
  useEffect(() => {
    if (!error?.isTemporary) return
    const timer = setTimeout(() => void list?.newest(), AGAIN)
    return () => clearTimeout(timer)
  }, [error, list])
  const toTop = () => {
    section.current?.scrollIntoView()
    void list?.newest()
  }
  return (
    <section class="goals" aria-label="Goals" ref={section}>
      <GoalsFilter filter={filter} total={total} />
      {error && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      {stale && !paused && (
        <button type="button" class="newer" onClick={toTop}>
          <span aria-hidden="true">↑</span> Newer changes
        </button>
      )}
      <GoalTable filter={filter} rows={rows} total={total ?? 0} paused={paused} onEnd={() => void list?.more()} />
      {total === 0 && !error && <NoMatch filter={filter} />}
      {total !== undefined && rows.length < total && <p class="none">Reading {exact(total - rows.length)} more…</p>}
    </section>
  )
}

function useGoals(filter: Filter, paused: boolean, scrolled: () => boolean) {
  const key = goalsHref(filter)
  const given = useRef<FirstGoals>(undefined)
  const [goals, setGoals] = useState<Goals | undefined>(() => {
    given.current = takeGiven(filter)
    return given.current && goalsOf(given.current)
  })
  const list = useRef<GoalList>(undefined)
  const missed = useRef(false)
  const latest = useRef({ goals, scrolled, paused })
  latest.current = { goals, scrolled, paused }

  // Before the first paint, which takes longer than the way to the backend.
  useLayoutEffect(() => {
    const made = new GoalList(filter, latest.current.goals, setGoals)
    list.current = made
    if (given.current) made.begin(given.current)
    else void made.newest()
    given.current = undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let readAt = performance.now()
    const refresh = () => {
      timer = undefined
      readAt = performance.now()
      // Rows must not move under the eyes of somebody who has scrolled to them.
      if (latest.current.paused) missed.current = true
      else if (latest.current.scrolled()) made.changed()
      else void made.newest()
    }
    const off = stream.listen(() => {
      timer ??= setTimeout(refresh, Math.max(DELAY, readAt + PACE - performance.now()))
    })
    const settle = () => {
      if (latest.current.goals?.stale && !latest.current.paused && !latest.current.scrolled()) void made.newest()
    }
    addEventListener('scroll', settle, { passive: true })
    return () => {
      removeEventListener('scroll', settle)
      off()
      clearTimeout(timer)
      made.close()
    }
  }, [key])

  useEffect(() => {
    if (paused || !missed.current) return
    missed.current = false
    if (scrolled()) list.current?.changed()
    else void list.current?.newest()
  }, [paused])
  return { goals: goals ?? NONE, list: list.current }
}

/** Whether its first rows are out of sight. */
function isAbove(section: HTMLElement | null): boolean {
  return (section?.getBoundingClientRect().top ?? 0) < -40
}

function NoMatch({ filter }: { readonly filter: Filter }) {
  const { period, time, states, stopped, service, thread, search } = filter
  const narrow =
    states.length > 0 ||
    stopped.length > 0 ||
    thread !== null ||
    time !== 'changed' ||
    service !== null ||
    search !== ''
  return (
    <div class="no-match">
      <p>{narrow ? 'No goal matches.' : 'No goal has changed in this time.'}</p>
      <p>
        {narrow && <Link href={goalsHref({ ...NO_FILTER, period })}>Clear the filters</Link>}
        {period !== 'all' && <Link href={goalsHref({ ...filter, period: 'all' })}>Look at all time</Link>}
      </p>
    </div>
  )
}
