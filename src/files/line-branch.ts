import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import { goalEvents } from '../event/goal-event.ts'
import type { FileGoals, GoalFiles } from '../mapping/goal-files.ts'
import type { LinesState } from './goal-lines.ts'
import { snapshotOf } from './goal-snapshot.ts'
import { at } from './json-path.ts'
import { text } from './json-values.ts'

/** A line of a session whose lines are a tree. */
export interface BranchLine {
  readonly id: string
  /** The line that it goes on from; null for the first of a branch. */
  readonly from: string | null
}

/** Undefined where a line is not in the tree, such as the one that names the session, or where nothing goes back with it. */
export function branchLine(line: unknown, { lineId, goals }: GoalFiles): BranchLine | undefined {
  const path = goals.find(({ branch }) => branch !== undefined)?.branch
  if (path === undefined) return undefined
  const [id, from] = [text(at(line, lineId)), at(line, path)]
  return id === undefined || (typeof from !== 'string' && from !== null) ? undefined : { id, from }
}

/**
 * What is known once a session goes on from an earlier line.
 * @param state As it was before.
 * @param there As it was at that line.
 */
export function goneBack(
  state: LinesState,
  there: LinesState,
  { goals }: GoalFiles,
): { readonly state: LinesState; readonly changes: readonly GoalChange[] } {
  const kindOf = (key: string) => goals[Number.parseInt(key, 10)] as FileGoals
  const goesBack = (key: string) => kindOf(key).branch !== undefined
  const stays = Object.entries(state.goals).filter(([key]) => !goesBack(key))
  const isAgain = Object.entries(there.goals).filter(([key]) => goesBack(key))
  const goalIn = (one: LinesState, key: string): GoalSnapshot | null => {
    const place = { thread: key.slice(key.indexOf(' ') + 1), count: 0, model: one.values.model }
    return snapshotOf(one.goals[key] ?? null, kindOf(key), place)
  }
  const keys = new Set([...Object.keys(state.goals), ...Object.keys(there.goals)].filter(goesBack))
  const changes = [...keys].map((key): GoalChange => ({ before: goalIn(state, key), after: goalIn(there, key) }))
  return {
    state: { ...there, goals: Object.fromEntries([...stays, ...isAgain]), counts: state.counts },
    changes: changes.filter((change) => goalEvents(change).length > 0),
  }
}
