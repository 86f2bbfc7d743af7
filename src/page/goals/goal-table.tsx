import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { GoalSort, GoalSummary } from '../../backend/api/api.ts'
import type { Filter } from '../../backend/api/page-address.ts'
import { useNow } from '../lib/clock.ts'
import { ago } from '../lib/format.ts'
import { goalKey } from './goal-list.ts'
import { GoalRow } from './goal-row.tsx'
import { useRowKeys } from './row-keys.ts'
import { ariaSort, SortLink } from './sort-link.tsx'
import { useWindow } from './window.ts'

/** Rows that are left when the next page is asked for, where there are twice as many. */
const AHEAD = 300

/** What a column is sorted by, its name, and its class. */
const COLUMNS: readonly (readonly [GoalSort, string, string])[] = [
  ['state', 'Status', 'status'],
  ['goal', 'Goal', 'goal'],
  ['tokens', 'Tokens', 'tokens'],
  ['cost', 'Cost', 'cost'],
  ['time', 'Time', 'time'],
  ['agent', 'Agent', 'agent'],
  ['thread', 'Thread', 'thread'],
  ['changed', 'Changed', 'changed'],
]

interface Props {
  readonly filter: Filter
  readonly rows: readonly GoalSummary[]
  /** Also those that were not read yet. */
  readonly total: number
  readonly paused: boolean
  readonly onEnd: () => void
}

/** As many goals as there are, of which only those in sight are in the document. */
export function GoalTable({ filter, rows, total, paused, onEnd }: Props) {
  const table = useRef<HTMLTableElement>(null)
  const body = useRef<HTMLTableSectionElement>(null)
  const rowHeight = useRowHeight(body, rows.length > 0)
  const { first, end } = useWindow(body, rows.length, rowHeight)
  const now = useNow(paused)
  const shown = rows.slice(first, end)
  // Only a backend that knows prices has a column for them.
  const priced = useMemo(() => rows.some(({ cost }) => cost !== null), [rows])
  const keys = useRowKeys(table, rows, rowHeight)
  useEffect(() => {
    if (!paused && end + Math.min(AHEAD, rows.length / 2) > rows.length) onEnd()
  })
  // One row is reached by Tab, and the others from it by arrows.
  const tabbed = shown.some((goal) => goalKey(goal) === keys.active) ? keys.active : shown[0] && goalKey(shown[0])
  return (
    <table
      ref={table}
      class="goal-table"
      aria-rowcount={total + 1}
      aria-label="Goals"
      tabIndex={-1}
      onKeyDown={keys.onKeyDown}
    >
      <thead>
        <tr aria-rowindex={1}>
          {COLUMNS.filter(([by]) => by !== 'cost' || priced).map(([by, name, column]) => (
            <th key={by} scope="col" class={column} aria-sort={ariaSort(filter, by)}>
              <SortLink filter={filter} by={by} name={name} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {first > 0 && <Gap rows={first} rowHeight={rowHeight} />}
        {shown.map((goal, at) => {
          const key = goalKey(goal)
          return (
            <GoalRow
              key={key}
              goal={goal}
              priced={priced}
              filter={filter}
              index={first + at + 2}
              tabbed={key === tabbed}
              ago={ago(goal.last_at, now)}
              onFocus={keys.setActive}
            />
          )
        })}
        {end < rows.length && <Gap rows={rows.length - end} rowHeight={rowHeight} />}
      </tbody>
    </table>
  )
}

function Gap({ rows, rowHeight }: { readonly rows: number; readonly rowHeight: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row has nothing to focus
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${rows * rowHeight}px` }} />
    </tr>
  )
}

/** Pixels: it depends on the reader's font and on how wide the page is. */
function useRowHeight(body: { readonly current: HTMLElement | null }, filled: boolean): number {
  const [height, setHeight] = useState(38)
  // After the rows are seen: to measure them before is to lay out the page twice.
  useEffect(() => {
    const measure = () => {
      const row = body.current?.querySelector('tr:not(.gap)')
      const measured = row?.getBoundingClientRect().height ?? 0
      if (measured > 0) setHeight(measured)
    }
    measure()
    addEventListener('resize', measure, { passive: true })
    return () => removeEventListener('resize', measure)
  }, [body, filled])
  return height
}
