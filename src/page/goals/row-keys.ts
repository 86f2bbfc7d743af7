import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { GoalSummary } from '../../backend/api/api.ts'
import { goalKey } from './goal-list.ts'

/** Arrows, Home, End and Page keys from row to row, also to those that are not in the document yet. */
export function useRowKeys(
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
