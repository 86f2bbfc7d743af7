import type { GoalSort } from '../../backend/api/api.ts'
import { type Filter, goalsHref } from '../../backend/api/page-address.ts'
import { Link } from '../lib/link.tsx'

/** Texts are read from A to Z, amounts and times from the largest. */
const ASCENDING: ReadonlySet<GoalSort> = new Set(['state', 'goal', 'agent', 'thread'])

interface Props {
  readonly filter: Filter
  readonly by: GoalSort
  readonly name: string
}

/** The head of a column: sorts by it, and the other way round where the list is sorted by it already. */
export function SortLink({ filter, by, name }: Props) {
  const sorted = filter.sort === by
  return (
    <Link class={sorted ? 'sort sorted' : 'sort'} href={goalsHref(sortedBy(filter, by))} title={`Sort by ${name}`}>
      {name}
      {sorted && <span aria-hidden="true">{filter.ascending ? ' ↑' : ' ↓'}</span>}
    </Link>
  )
}

export function sortedBy(filter: Filter, sort: GoalSort): Filter {
  return { ...filter, sort, ascending: filter.sort === sort ? !filter.ascending : ASCENDING.has(sort) }
}

export function ariaSort({ sort, ascending }: Filter, by: GoalSort): 'ascending' | 'descending' | 'none' {
  return sort !== by ? 'none' : ascending ? 'ascending' : 'descending'
}
