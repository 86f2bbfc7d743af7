import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { useLatePlots } from './late-plots.ts'

export interface Colours {
  readonly text: string
  readonly grid: string
  of(name: string): string
}

/** uPlot's types leave open whether they are in the build. */
export type Paths = Required<typeof uPlot.paths>

interface Props {
  /** What it shows, in a sentence, for who does not see it. */
  readonly label: string
  readonly height: number
  readonly data: uPlot.AlignedData
  readonly options: (colours: Colours, paths: Paths) => Pick<uPlot.Options, 'series' | 'axes' | 'scales'>
  /** Whether each value stands from its x to the next one's. */
  readonly bars?: boolean
  /** Called with the point under the pointer; null where there is none. */
  readonly onPoint?: (index: number | null) => void
  /** Called with the point that was clicked. */
  readonly onPick?: (index: number) => void
  /** Called with the values along x between which the pointer was dragged. */
  readonly onRange?: (from: number, to: number) => void
}

/** Pixels from which on a pointer drags, and does not click. */
const DRAGGED = 5

const DARK = matchMedia('(prefers-color-scheme: dark)')

/** A uPlot as wide as its place, in the colours of the page. */
export function Plot({ label, height, data, options, bars = false, onPoint, onPick, onRange }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const Plots = useLatePlots()
  const dark = useDark()
  const latest = useRef({ options, data, bars, onPoint, onPick, onRange })
  latest.current = { options, data, bars, onPoint, onPick, onRange }

  useLayoutEffect(() => {
    if (!Plots) return
    const at = place.current as HTMLDivElement
    const shared: Omit<uPlot.Options, 'series'> = {
      width: Math.max(40, at.clientWidth),
      height,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: onRange !== undefined, y: false, setScale: false, dist: DRAGGED },
        points: { show: false },
      },
      padding: [8, 18, 0, 0],
      hooks: {
        setCursor: [(made) => latest.current.onPoint?.(pointed(made, latest.current.bars))],
        setSelect: [
          (made) => {
            const { left, width } = made.select
            if (width < DRAGGED) return
            made.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
            latest.current.onRange?.(made.posToVal(left, 'x'), made.posToVal(left + width, 'x'))
          },
        ],
      },
    }
    const options = latest.current.options(coloursOf(at), Plots.paths as Paths)
    const made = new Plots({ ...shared, ...options }, latest.current.data, at)
    plot.current = made
    let pressedAt = 0
    made.over.addEventListener('pointerdown', ({ clientX }) => {
      pressedAt = clientX
    })
    made.over.addEventListener('click', ({ clientX }) => {
      const idx = pointed(made, latest.current.bars)
      if (Math.abs(clientX - pressedAt) < DRAGGED && idx !== null) latest.current.onPick?.(idx)
    })
    const seen = new ResizeObserver(() => {
      if (at.clientWidth > 0 && at.clientWidth !== made.width) made.setSize({ width: at.clientWidth, height })
    })
    seen.observe(at)
    return () => {
      seen.disconnect()
      made.destroy()
    }
  }, [Plots, dark, height])

  useEffect(() => plot.current?.setData(data), [data])
  return (
    <div
      class={onPick ? 'plot picks' : 'plot'}
      ref={place}
      role="img"
      aria-label={label}
      style={{ height: `${height}px` }}
    />
  )
}

/** The nearest point, or the bar that the pointer is at. */
function pointed({ cursor: { idx, left = -1 }, data: [xs], posToVal }: uPlot, bars: boolean): number | null {
  if (idx === null || idx === undefined || left < 0) return null
  if (!bars) return idx
  const bar = (xs[idx] ?? 0) <= posToVal(left, 'x') ? idx : idx - 1
  return Math.max(0, Math.min(bar, xs.length - 2))
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return { text: of('soft'), grid: of('hair'), of }
}

function useDark(): boolean {
  const [dark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const look = () => setDark(DARK.matches)
    DARK.addEventListener('change', look)
    return () => DARK.removeEventListener('change', look)
  }, [])
  return dark
}

/** Seconds between two marks of a time axis. */
const STEPS = [
  1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 2_592_000,
]

/** Axes that keep to the background. */
export function axes(
  { text, grid }: Colours,
  x: (seconds: number) => string,
  y: (value: number) => string,
): [uPlot.Axis, uPlot.Axis] {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`
  return [
    {
      stroke: text,
      font,
      size: 24,
      gap: 4,
      space: 64,
      incrs: STEPS,
      grid: { show: false },
      ticks: { show: false },
      values: (_, splits) => splits.map(x),
    },
    {
      stroke: text,
      font,
      size: 44,
      gap: 6,
      space: 32,
      grid: { stroke: grid, width: 1 },
      ticks: { show: false },
      values: (_, splits) => splits.map(y),
    },
  ]
}
