import { useMemo, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { Summary, SummaryStep } from '../../backend/api/api.ts'
import { countedGoals, type Filter, goalsHref, type Range } from '../../backend/api/page-address.ts'
import { money } from '../../goal/money.ts'
import { compact, day, exact, hour } from '../lib/format.ts'
import { revealGoals } from '../lib/list-link.tsx'
import { go } from '../lib/navigation.ts'
import { Panel } from '../lib/panel.tsx'
import { axes, type Colours, type Paths, Plot } from '../lib/plot.tsx'

const HEIGHT = 174
const DAY = 86_400

/** The summary's steps as bars: seconds since 1970 at the left edge of each. */
function useSteps({ summary, filter }: Props) {
  const steps = summary?.steps ?? []
  const at = steps.map((step) => Date.parse(step.at) / 1000)
  const width = at.length > 1 ? (at[1] as number) - (at[0] as number) : 3600
  /** Of the bars, which stand at the left edge of their step, and the right one of the last. */
  const edges = at.length > 0 ? [...at, (at.at(-1) as number) + width] : []
  const unit = width >= DAY ? 'day' : width >= 3600 ? 'hour' : `${Math.round(width / 60)} min`
  const print =
    width >= DAY ? (s: number) => day(s * 1000) : (s: number) => (isMidnight(s) ? day(s * 1000) : hour(s * 1000))
  const name = (step: SummaryStep) =>
    width >= DAY ? day(step.at) : `${day(step.at)}, ${hour(step.at)}–${hour(Date.parse(step.at) + width * 1000)}`
  /** A step opens the goals that stopped in it; what is dragged over becomes the page's time. */
  const onPick = (index: number) => {
    const from = at[index]
    if (from === undefined) return
    go(goalsHref(countedGoals({ ...filter, period: rangeOf(from, from + width) }, { time: 'stopped' })))
    revealGoals()
  }
  const onRange = (from: number, to: number) => {
    const first = at[0] ?? from
    const [begin, end] = [Math.floor((from - first) / width), Math.ceil((to - first) / width)]
    go(goalsHref({ ...filter, period: rangeOf(first + begin * width, first + end * width) }))
  }
  return { steps, edges, width, unit, print, name, onPick, onRange }
}

/** What the goals of a step cost, as far as that is known. */
function costIn({ cost }: SummaryStep): string {
  return cost?.amount == null ? '' : `, ${money({ ...cost, amount: cost.amount })}`
}

/** @param since, until Seconds since 1970. */
function rangeOf(since: number, until: number): Range {
  return { since: new Date(since * 1000).toISOString(), until: new Date(until * 1000).toISOString() }
}

interface Props {
  readonly summary: Summary | undefined
  readonly filter: Filter
}

function isMidnight(seconds: number): boolean {
  const date = new Date(seconds * 1000)
  return date.getHours() === 0 && date.getMinutes() === 0
}

export function TokensPlot({ summary, filter }: Props) {
  const { steps, edges, width, unit, print, name, onPick, onRange } = useSteps({ summary, filter })
  const [point, setPoint] = useState<number | null>(null)
  const data = useMemo<uPlot.AlignedData>(
    () => [edges, [...steps.map(({ tokens }) => Number(tokens.sum)), null]],
    [summary],
  )
  const most = steps.reduce((max, step) => Math.max(max, Number(step.tokens.sum)), 0)
  const pointed = point === null ? undefined : steps[point]
  const options = (colours: Colours, paths: Paths) => ({
    scales: { x: { time: true, range: asGiven }, y: { range: fromZero } },
    axes: axes(colours, print, compact),
    series: [{}, bars(paths, colours.of('accent'))],
  })
  return (
    <Panel
      title={`Tokens per ${unit}`}
      aside={
        <p class="point">
          {pointed
            ? `${name(pointed)}: ${compact(pointed.tokens.sum)}${costIn(pointed)}`
            : summary && `most ${compact(most)}`}
        </p>
      }
    >
      {summary && (
        <Plot
          key={width}
          label={`Tokens of stopped goals per ${unit}: ${exact(Number(summary.tokens.sum))} in all, ${exact(most)} at most.`}
          height={HEIGHT}
          data={data}
          options={options}
          bars
          onPoint={setPoint}
          onPick={onPick}
          onRange={onRange}
        />
      )}
    </Panel>
  )
}

export function GoalsPlot({ summary, filter }: Props) {
  const { steps, edges, width, unit, print, name, onPick, onRange } = useSteps({ summary, filter })
  const [point, setPoint] = useState<number | null>(null)
  const data = useMemo<uPlot.AlignedData>(
    () => [
      edges,
      [...steps.map(({ complete, stopped }) => complete + stopped), null],
      [...steps.map(({ complete }) => complete), null],
      [...steps.map(({ created }) => created), steps.at(-1)?.created ?? null],
    ],
    [summary],
  )
  const pointed = point === null ? undefined : steps[point]
  const options = (colours: Colours, paths: Paths) => ({
    scales: { x: { time: true, range: asGiven }, y: { range: fromZero } },
    axes: axes(colours, print, (value) => (Number.isInteger(value) ? compact(value) : '')),
    series: [
      {},
      bars(paths, colours.of('blocked')),
      bars(paths, colours.of('complete')),
      {
        stroke: colours.of('accent'),
        width: 1.5,
        paths: paths.stepped({ align: 1 }),
        points: { show: false },
      },
    ],
  })
  const total = (of: (step: SummaryStep) => number) => steps.reduce((sum, step) => sum + of(step), 0)
  const key = (of: (step: SummaryStep) => number) => (pointed ? exact(of(pointed)) : '')
  return (
    <Panel
      title={`Goals per ${unit}`}
      aside={
        <p class="point keys">
          {pointed && <span>{name(pointed)}</span>}
          <span class="key created">created {key((step) => step.created)}</span>
          <span class="key complete">complete {key((step) => step.complete)}</span>
          <span class="key stopped">stopped {key((step) => step.stopped)}</span>
        </p>
      }
    >
      {summary && (
        <Plot
          key={width}
          label={`Goals per ${unit}: ${exact(total((step) => step.created))} created, ${exact(total((step) => step.complete))} complete, ${exact(total((step) => step.stopped))} stopped otherwise.`}
          height={HEIGHT}
          data={data}
          options={options}
          bars
          onPoint={setPoint}
          onPick={onPick}
          onRange={onRange}
        />
      )}
    </Panel>
  )
}

function bars(paths: Paths, colour: string): uPlot.Series {
  return {
    fill: colour,
    stroke: colour,
    width: 0,
    paths: paths.bars({ size: [0.72, 28], align: 1, radius: 0.12 }),
    points: { show: false },
  }
}

function asGiven(_: uPlot, min: number, max: number): [number, number] {
  return [min, max]
}

function fromZero(_: uPlot, __: number, max: number): [number, number] {
  return [0, max > 0 ? max * 1.08 : 1]
}
