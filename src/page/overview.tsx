import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Filter } from './address.ts'
import { GoalsSection } from './goals-section.tsx'
import { SummarySection } from './summary-section.tsx'

export function Overview({ filter, shown }: { readonly filter: Filter; readonly shown: boolean }) {
  const left = useRef(0)
  useLayoutEffect(() => {
    if (!shown) return
    scrollTo(0, left.current)
    const note = () => {
      left.current = scrollY
    }
    addEventListener('scroll', note, { passive: true })
    return () => removeEventListener('scroll', note)
  }, [shown])
  return (
    <div hidden={!shown}>
      <SummarySection filter={filter} paused={!shown} />
      <GoalsSection filter={filter} paused={!shown} />
    </div>
  )
}
