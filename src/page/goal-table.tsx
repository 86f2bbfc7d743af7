import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { GoalSummary } from '../backend/api.ts'
import { useNow } from './clock.ts'
import { ago } from './format.ts'
import { goalKey } from './goal-list.ts'
import { GoalRow } from './goal-row.tsx'
import { useWindow } from './window.ts'

/** Rows that are left when the next page is asked for, where there are twice as many. */
const AHEAD = 300

interface Props {
  readonly rows: readonly GoalSummary[]
  /** Also those that were not read yet. */
  readonly total: number
  readonly paused: boolean
  readonly onEnd: () => void
}

/** As many goals as there are, of which only those in sight are in the document. */
export function GoalTable({ rows, total, paused, onEnd }: Props) {
  const table = useRef<HTMLTableElement>(null)
  const body = useRef<HTMLTableSectionElement>(null)
  const rowHeight = useRowHeight(body, rows.length > 0)
  const { first, end } = useWindow(body, rows.length, rowHeight)
  const now = useNow(paused)
  const shown = rows.slice(first, end)
  const keys = useKeys(table, rows, rowHeight)
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
          <th scope="col" class="status">
            Status
          </th>
          <th scope="col" class="goal">
            Goal
          </th>
          <th scope="col" class="tokens">
            Tokens
          </th>
          <th scope="col" class="time">
            Time
          </th>
          <th scope="col" class="agent">
            Agent
          </th>
          <th scope="col" class="thread">
            Thread
          </th>
          <th scope="col" class="changed">
            Changed
          </th>
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
  useLayoutEffect(() => {
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

/** Arrows, Home, End and Page keys from row to row, also to those that are not in the document yet. */
function useKeys(
  table: { readonly current: HTMLTableElement | null },
  rows: readonly GoalSummary[],
  rowHeight: number,
) {
  const [active, setActive] = useState<string>()
  const wanted = useRef<string>(undefined)
  const focused = useRef(false)

  useLayoutEffect(() => {
    const at = table.current
    const lost = focused.current && document.activeElement === document.body
    const key = wanted.current ?? (lost ? active : undefined)
    if (!at || key === undefined) return
    const link = at.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
    // A row that moved or was scrolled away takes the focus with it; the table keeps it then.
    if (link) link.focus({ preventScroll: wanted.current === undefined })
    else if (lost) at.focus({ preventScroll: true })
    if (link) wanted.current = undefined
  })
  useEffect(() => {
    const note = () => {
      if (document.activeElement !== document.body)
        focused.current = table.current?.contains(document.activeElement) ?? false
    }
    const leave = () => {
      focused.current = false
    }
    document.addEventListener('focusin', note)
    document.addEventListener('pointerdown', leave)
    return () => {
      document.removeEventListener('focusin', note)
      document.removeEventListener('pointerdown', leave)
    }
  }, [table])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 4)
    const now = rows.findIndex((goal) => goalKey(goal) === active)
    const to = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: rows.length,
    }[event.key]
    if (to === undefined || rows.length === 0) return
    event.preventDefault()
    const at = Math.min(Math.max(to, 0), rows.length - 1)
    const key = goalKey(rows[at] as GoalSummary)
    wanted.current = key
    setActive(key)
    reveal(table.current, at, rowHeight)
  }
  return { active, setActive, onKeyDown }
}

/** Scrolls the row into sight, beneath what sticks to the top. */
function reveal(table: HTMLTableElement | null, row: number, rowHeight: number): void {
  if (!table) return
  const body = table.tBodies[0]?.getBoundingClientRect().top ?? 0
  const covered = table.tHead?.getBoundingClientRect().bottom ?? 0
  const top = body + row * rowHeight
  const edge = Math.max(covered, 96)
  if (top < edge) scrollBy({ top: top - edge, behavior: 'instant' })
  else if (top + rowHeight > innerHeight) scrollBy({ top: top + rowHeight - innerHeight + 8, behavior: 'instant' })
}
