import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Filter } from '../backend/api/page-address.ts'
import { GoalsSection } from './goals/goals-section.tsx'
import { NowSection } from './now/now-section.tsx'
import { SummarySection } from './summary/summary-section.tsx'

export function Overview({ filter, shown }: { readonly filter: Filter; readonly shown: boolean }) {
  const left = useRef(0)
  // A backend answers one after the other, and what is looked at first is the goals.
  const [listed, setListed] = useState(false)
  const returned = useRef(false)
  useLayoutEffect(() => {
    if (!shown) {
      returned.current = true
      return
    }
    // Not as the page opens, which is at its top: scrolling makes the browser lay it out.
    if (returned.current) scrollTo(0, left.current)
    const note = () => {
      left.current = scrollY
    }
    addEventListener('scroll', note, { passive: true })
    return () => removeEventListener('scroll', note)
  }, [shown])
  return (
    <div hidden={!shown}>
      <h1 class="hidden">What your agents pursue</h1>
      <NowSection filter={filter} paused={!shown || !listed} />
      <SummarySection filter={filter} paused={!shown || !listed} />
      <GoalsSection filter={filter} paused={!shown} onListed={() => setListed(true)} />
    </div>
  )
}
