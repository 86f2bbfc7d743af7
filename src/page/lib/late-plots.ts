import { useEffect, useState } from 'preact/hooks'
import type uPlot from 'uplot'

type Plots = typeof uPlot

let plots: Plots | undefined

/** uPlot, which is half of the page's script: what no goal needs to be seen is not loaded before there is something to plot. */
export function useLatePlots(): Plots | undefined {
  const [loaded, setLoaded] = useState(() => plots)
  useEffect(() => {
    if (loaded) return
    let gone = false
    const take = (made: { readonly default: Plots }) => {
      plots = made.default
      if (!gone) setLoaded(() => made.default)
    }
    // Where the backend is lost in this moment the next plot asks again, and what this one shows is also in its label.
    import('uplot').then(take, () => {})
    return () => {
      gone = true
    }
  }, [])
  return loaded
}
