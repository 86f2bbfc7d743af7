import { useState } from 'preact/hooks'
import { type Filter, goalsHref, type Range } from '../backend/api/page-address.ts'
import { day, hour } from './lib/format.ts'
import { Link } from './lib/link.tsx'
import { go } from './lib/navigation.ts'

/** From one day and time to another; a chart gives one too, by dragging along it. */
export function PeriodForm({ filter }: { readonly filter: Filter }) {
  const [open, setOpen] = useState(false)
  const { period } = filter
  const range = typeof period === 'object' ? period : undefined
  const apply = (event: SubmitEvent) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget as HTMLFormElement)
    const [since, until] = [String(given.get('since')), String(given.get('until'))].map((text) => new Date(text))
    if (!since || !until || !(since < until)) return
    setOpen(false)
    go(goalsHref({ ...filter, period: { since: since.toISOString(), until: until.toISOString() } }))
  }
  return (
    <span class="range">
      {range && (
        <Link
          class="counted"
          href={goalsHref({ ...filter, period: '24h' })}
          aria-label={`Take off: ${rangeText(range)}`}
        >
          {rangeText(range)} <span aria-hidden="true">×</span>
        </Link>
      )}
      <button type="button" class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
        Dates
      </button>
      {open && (
        <form onSubmit={apply} onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}>
          <label>
            From <input type="datetime-local" name="since" required defaultValue={local(range?.since, -86_400_000)} />
          </label>
          <label>
            to <input type="datetime-local" name="until" required defaultValue={local(range?.until, 0)} />
          </label>
          <button type="submit" class="apply">
            Show
          </button>
        </form>
      )}
    </span>
  )
}

function rangeText({ since, until }: Range): string {
  const sameDay = day(since) === day(until)
  return `${day(since)}, ${hour(since)} – ${sameDay ? '' : `${day(until)}, `}${hour(until)}`
}

/** As the input takes it: the reader's own time, without a zone. */
function local(at: string | undefined, fromNow: number): string {
  const date = at === undefined ? new Date(Date.now() + fromNow) : new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
