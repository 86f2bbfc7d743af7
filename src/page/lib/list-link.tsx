import type { ComponentChildren } from 'preact'
import { type Filter, goalsHref } from '../../backend/api/page-address.ts'
import { Link } from './link.tsx'

interface Props {
  readonly of: Filter
  readonly class?: string
  readonly title?: string
  readonly children: ComponentChildren
}

/** Opens the goals behind a figure, and brings their list into sight. */
export function ListLink({ of, children, ...rest }: Props) {
  return (
    <Link {...rest} href={goalsHref(of)} onFollowed={revealGoals}>
      {children}
    </Link>
  )
}

export function revealGoals(): void {
  document.querySelector('section.goals')?.scrollIntoView({ block: 'nearest' })
}
