import type { ComponentChildren, HTMLAttributes } from 'preact'
import { go } from './navigation.ts'

type Passed = 'class' | 'title' | 'tabIndex' | 'onFocus' | 'aria-label' | 'aria-current'

interface Props extends Pick<HTMLAttributes<HTMLAnchorElement>, Passed> {
  readonly href: string
  readonly 'data-key'?: string
  readonly onFollowed?: () => void
  readonly children: ComponentChildren
}

/** A link within the page; with a modifier key the browser does with it what it does with links. */
export function Link({ href, children, onFollowed, ...rest }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(href)
    onFollowed?.()
  }
  return (
    <a {...rest} href={href} onClick={follow}>
      {children}
    </a>
  )
}
