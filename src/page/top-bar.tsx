import type { About } from '../backend/api/api.ts'
import { type Filter, goalsHref, isAddress, NO_FILTER, PERIODS, REJECTED_HREF } from '../backend/api/page-address.ts'
import { exact, line } from './lib/format.ts'
import { Link } from './lib/link.tsx'
import { go } from './lib/navigation.ts'
import { useSignal } from './lib/signal.ts'
import { type Liveness, stream } from './lib/stream.ts'
import { Palette } from './palette/palette.tsx'
import { PeriodForm } from './period-form.tsx'

const PERIOD_NAMES = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  all: 'All time',
}

interface Props {
  readonly about: About | undefined
  readonly filter: Filter
  /** Whether what is chosen here is in sight. */
  readonly choosing: boolean
}

export function TopBar({ about, filter, choosing }: Props) {
  return (
    <header class="top">
      <Link class="brand" href={goalsHref(NO_FILTER)} aria-label="goaltrace: all goals">
        <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
          <rect width="16" height="16" rx="4" class="mark" />
          <path d="M3.5 11.5 6.5 8l2.5 2 3.5-5" class="way" />
          <circle cx="12.2" cy="4.8" r="1.7" class="end" />
        </svg>
        goaltrace
      </Link>
      {choosing && <Choice filter={filter} services={about?.services ?? []} />}
      <span class="space" />
      {about && about.rejected > 0 && (
        <Link class="notice" href={REJECTED_HREF}>
          {exact(about.rejected)} rejected
        </Link>
      )}
      <Palette filter={filter} services={about?.services ?? []} />
      <Live />
    </header>
  )
}

function Choice({ filter, services }: { readonly filter: Filter; readonly services: readonly string[] }) {
  const known = services.filter((service) => isAddress(goalsHref({ ...filter, service })))
  const listed = filter.service === null || known.includes(filter.service) ? known : [filter.service, ...known]
  return (
    <>
      <nav class="periods" aria-label="Time">
        {PERIODS.map((period) => (
          <Link
            key={period}
            href={goalsHref({ ...filter, period })}
            title={PERIOD_NAMES[period]}
            aria-current={period === filter.period ? 'true' : undefined}
          >
            {period === 'all' ? 'All' : period}
          </Link>
        ))}
      </nav>
      <PeriodForm filter={filter} />
      <select
        class="services"
        aria-label="Agent"
        value={filter.service === null ? '' : `=${filter.service}`}
        onChange={({ currentTarget: { value } }) =>
          go(goalsHref({ ...filter, service: value === '' ? null : value.slice(1) }))
        }
      >
        <option value="">All agents</option>
        {listed.map((service) => (
          <option key={service} value={`=${service}`}>
            {line(service, 60)}
          </option>
        ))}
      </select>
    </>
  )
}

const LIVENESS: Readonly<Record<Liveness, string>> = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' }

function Live() {
  const liveness = useSignal(stream.liveness)
  return (
    <span class={`liveness ${liveness}`} role="status" title="Whether new events arrive here by themselves">
      <span class="dot" aria-hidden="true" />
      {LIVENESS[liveness]}
    </span>
  )
}
