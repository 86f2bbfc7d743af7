import { useMemo, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { GoalSummary, StoredEvent } from '../../backend/api/api.ts'
import { clock, compact, day, exact, hour, moment } from '../lib/format.ts'
import { Panel } from '../lib/panel.tsx'
import { axes, type Colours, type Paths, Plot } from '../lib/plot.tsx'
import { usageColumns } from './goal-facts.ts'

const HEIGHT = 220

interface Props {
  readonly goal: GoalSummary
  readonly events: readonly StoredEvent[]
}

export function UsagePlot({ goal, events }: Props) {
  const data = useMemo(() => usageColumns(events), [events])
  const [point, setPoint] = useState<number | null>(null)
  const [at, tokens, budgets] = data
  const long = (at.at(-1) ?? 0) - (at[0] ?? 0) > 2 * 86_400
  const options = (colours: Colours, paths: Paths) => ({
    scales: { x: { time: true, range: around }, y: { range: ofAll } },
    axes: axes(colours, (s) => (long ? day(s * 1000) : mark(s, at)), compact),
    series: [
      {},
      {
        stroke: colours.of('accent'),
        fill: colours.of('wash'),
        width: 1.75,
        paths: paths.stepped({ align: 1 }),
        points: { show: at.length < 60, size: 5, fill: colours.of('accent'), stroke: colours.of('accent') },
      },
      {
        stroke: colours.of('budget'),
        width: 1.5,
        dash: [6, 4],
        paths: paths.stepped({ align: 1 }),
        points: { show: false },
      },
    ],
  })
  const { tokens_used, token_budget } = goal
  const pointed = point === null ? undefined : at[point]
  return (
    <Panel
      title="Tokens over time"
      aside={
        <p class="point keys">
          {pointed !== undefined && point !== null ? (
            <span>
              {moment(pointed * 1000)}: {exact(tokens[point] ?? null)}
              {budgets[point] == null ? '' : ` of ${exact(budgets[point])}`}
            </span>
          ) : (
            <>
              <span class="key used">used</span>
              {token_budget !== null && <span class="key budget">budget</span>}
            </>
          )}
        </p>
      }
    >
      <Plot
        label={`Tokens over time: ${exact(tokens_used)} in the end, ${token_budget === null ? 'without a budget' : `of a budget of ${exact(token_budget)}`}.`}
        height={HEIGHT}
        data={data as uPlot.AlignedData}
        options={options}
        onPoint={setPoint}
      />
    </Panel>
  )
}

function mark(seconds: number, at: readonly number[]): string {
  return (at.at(-1) ?? 0) - (at[0] ?? 0) > 600 ? hour(seconds * 1000) : clock(seconds * 1000)
}

/** A goal with one event has a time, and no span of it. */
function around(_: uPlot, min: number, max: number): [number, number] {
  const room = (max - min) * 0.02 || 1
  return [min - room, max + room]
}

function ofAll(_: uPlot, __: number, max: number | null): [number, number] {
  return [0, max ? max * 1.08 : 1]
}
