import { useEffect, useState } from 'preact/hooks'

/** Rows before the window's size is read, which makes the browser lay out the page: once for a page without rows, and once more with them. */
const AT_FIRST = 12
/** Rows beyond the edges of the screen, so that a fast wheel meets no gap. */
const BEYOND = 12

export interface Window {
  readonly first: number
  /** Behind the last one. */
  readonly end: number
}

/** Which of `count` rows of one height are in sight, where they stand below each other in `body` and the page scrolls. */
export function useWindow(body: { readonly current: HTMLElement | null }, count: number, rowHeight: number): Window {
  const [window, setWindow] = useState<Window>({ first: 0, end: AT_FIRST })
  useEffect(() => {
    const look = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0
      const first = Math.max(0, Math.floor(-top / rowHeight) - BEYOND)
      const end = Math.max(0, Math.ceil((innerHeight - top) / rowHeight) + BEYOND)
      setWindow((before) => (before.first === first && before.end === end ? before : { first, end }))
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look, { passive: true })
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [body, count, rowHeight])
  const end = Math.min(window.end, count)
  return { first: Math.min(window.first, end), end }
}
