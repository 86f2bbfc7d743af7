import { useEffect, useRef } from 'preact/hooks'
import type { About } from '../backend/api/api.ts'
import { NO_FILTER } from '../backend/api/page-address.ts'
import { GoalPage } from './goal/goal-detail.tsx'
import { line } from './lib/format.ts'
import { useAddress } from './lib/navigation.ts'
import { useQuery } from './lib/query.ts'
import { session } from './lib/session.ts'
import { useSignal } from './lib/signal.ts'
import { Overview } from './overview.tsx'
import { Rejected } from './rejected.tsx'
import { SignIn } from './sign-in.tsx'
import { TopBar } from './top-bar.tsx'
import { Welcome } from './welcome.tsx'

export function App() {
  return useSignal(session.open) ? <Page /> : <SignIn />
}

function Page() {
  const address = useAddress()
  const filled = useRef(false)
  // The first goal is shown as soon as it is there.
  const { data: about, error } = useQuery<About>('about', () => 'api/about', { every: filled.current ? 5000 : 500 })
  filled.current = (about?.events ?? 0) > 0
  // It stays as it was left while a goal is open, so that Back finds the same rows at the same place.
  const filter = useRef(address.view === 'goals' ? address.filter : undefined)
  if (address.view === 'goals') filter.current = address.filter
  const shown = address.view === 'goals'
  useTitle(address.view === 'goal' ? line(address.goal, 40) : shown ? undefined : 'Rejected records')
  return (
    <>
      <TopBar about={about} filter={filter.current ?? NO_FILTER} choosing={shown && about?.events !== 0} />
      <main>
        {error && !about && (
          <p class="error" role="alert">
            {error.message}
          </p>
        )}
        {about?.goals === 0 && about.events === 0 && shown && <Welcome token={about.token} />}
        {filter.current && about?.events !== 0 && <Overview filter={filter.current} shown={shown} />}
        {address.view === 'goal' && (
          <GoalPage
            key={JSON.stringify([address.thread, address.goal])}
            thread={address.thread}
            goal={address.goal}
            jaeger={about?.jaeger ?? null}
          />
        )}
        {address.view === 'rejected' && <Rejected />}
      </main>
    </>
  )
}

function useTitle(name: string | undefined): void {
  useEffect(() => {
    document.title = name === undefined ? 'goaltrace' : `${name} – goaltrace`
  }, [name])
}
