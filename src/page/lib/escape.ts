import { useEffect } from 'preact/hooks'
import { leave } from './navigation.ts'

/** Escape leads back, as the button does. */
export function useEscape(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) leave()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])
}
