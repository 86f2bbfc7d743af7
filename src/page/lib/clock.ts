import { useEffect, useState } from 'preact/hooks'

/** Milliseconds since 1970, updated every second, for texts such as “5s ago”. */
export function useNow(paused = false): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (paused) return
    const tick = () => {
      if (!document.hidden) setNow(Date.now())
    }
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [paused])
  return now
}
