import { useEffect, useState } from 'preact/hooks'
import { type Address, goalsHref, NO_FILTER, parseAddress } from '../../backend/api/page-address.ts'

const MOVED = 'goaltrace-moved'

/** @param replace leaves no step for Back. */
export function go(href: string, replace = false): void {
  if (replace) history.replaceState(history.state, '', href)
  else history.pushState({ within: true }, '', href)
  dispatchEvent(new Event(MOVED))
}

/** One step back where it leads to this page, else to all goals. */
export function leave(): void {
  if ((history.state as { within?: boolean } | null)?.within) history.back()
  else go(goalsHref(NO_FILTER))
}

export function useAddress(): Address {
  const [address, setAddress] = useState(() => parseAddress(location.search))
  useEffect(() => {
    const read = () => setAddress(parseAddress(location.search))
    addEventListener('popstate', read)
    addEventListener(MOVED, read)
    return () => {
      removeEventListener('popstate', read)
      removeEventListener(MOVED, read)
    }
  }, [])
  return address
}
