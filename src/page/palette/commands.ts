import { GOAL_SORTS, GOAL_STATES, type GoalSummary, stateOf } from '../../backend/api/api.ts'
import {
  type Filter,
  goalHref,
  goalsHref,
  isAddress,
  NO_FILTER,
  PERIODS,
  REJECTED_HREF,
} from '../../backend/api/page-address.ts'
import { exportGoals } from '../goals/export.ts'
import { sortedBy } from '../goals/sort-link.tsx'
import { line } from '../lib/format.ts'
import { go } from '../lib/navigation.ts'
import { STATE_NAMES } from '../lib/states.ts'

export interface PaletteCommand {
  readonly kind: 'Goal' | 'Thread' | 'Agent' | 'Filter' | 'Sort' | 'Time' | 'Export' | 'Open'
  readonly name: string
  run(): void
}

/** What can be done with the list, whatever is in it. */
export function listCommands(filter: Filter, services: readonly string[]): PaletteCommand[] {
  const opens = (kind: PaletteCommand['kind'], name: string, href: string): PaletteCommand => ({
    kind,
    name,
    run: () => go(href),
  })
  return [
    ...services
      .map((service) => opens('Agent', line(service, 80), goalsHref({ ...NO_FILTER, period: filter.period, service })))
      .filter((_, at) => isAddress(goalsHref({ ...NO_FILTER, service: services[at] ?? '' }))),
    ...GOAL_STATES.map((state) => opens('Filter', STATE_NAMES[state], goalsHref({ ...filter, states: [state] }))),
    opens('Filter', 'None: all goals', goalsHref(NO_FILTER)),
    ...PERIODS.map((period) =>
      opens('Time', period === 'all' ? 'All time' : `Last ${period}`, goalsHref({ ...filter, period })),
    ),
    ...GOAL_SORTS.map((sort) => opens('Sort', `by ${sort}`, goalsHref(sortedBy(filter, sort)))),
    ...(['csv', 'json'] as const).map(
      (kind): PaletteCommand => ({
        kind: 'Export',
        name: `this list as ${kind.toUpperCase()}`,
        // What fails here fails in the list too, which says why.
        run: () => void exportGoals(filter, kind).catch(() => {}),
      }),
    ),
    opens('Open', 'Rejected records', REJECTED_HREF),
  ]
}

/** Goals that were found, and their threads. */
export function goalCommands(goals: readonly GoalSummary[]): PaletteCommand[] {
  const threads = [...new Set(goals.map(({ thread_id }) => thread_id))]
  return [
    ...goals.map((goal): PaletteCommand => {
      const { objective, goal_id } = goal
      const name = `${line(objective ?? goal_id, 120)} (${STATE_NAMES[stateOf(goal)].toLowerCase()})`
      return { kind: 'Goal', name, run: () => go(goalHref(goal)) }
    }),
    ...threads.map((thread): PaletteCommand => {
      const href = goalsHref({ ...NO_FILTER, period: 'all', thread })
      return { kind: 'Thread', name: line(thread, 120), run: () => go(href) }
    }),
  ]
}

/** Those whose kind and name have each word that was typed, in whatever case. */
export function matching(commands: readonly PaletteCommand[], typed: string): PaletteCommand[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ kind, name }) => {
    const text = `${kind} ${name}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
