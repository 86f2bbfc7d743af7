import type { GoalSummary, GoalsPage } from '../../backend/api/api.ts'
import { printable } from '../terminal/printable.ts'
import { Failure } from './command.ts'
import type { RemoteBackend } from './remote-backend.ts'

/** How many goals a message names when several match. */
const NAMED = 5

/**
 * The goal that a user means: by its id, by a part of it, or by its thread and its id.
 * @throws {Failure} if none or several match, with what to type.
 */
export async function findGoal(backend: RemoteBackend, id: string): Promise<GoalSummary> {
  const read = async (...query: [string, string][]) => {
    const { goals, total } = await backend.read<GoalsPage>(
      `/api/goals?${new URLSearchParams([...query, ['limit', '1000']])}`,
    )
    return { goals, total }
  }
  const exact = await read(['goal', id])
  if (exact.goals.length > 0) return only(id, exact.goals, exact.total)
  for (const [thread, goal] of splits(id)) {
    const [found] = (await read(['thread', thread], ['goal', goal])).goals
    if (found) return found
  }
  // As the list shows it: `…` for the beginning that ids share.
  const part = id.replace(/^…/, '').toLowerCase()
  const { goals, total } = await read(['search', part])
  const fitting = goals.filter(({ goal_id }) => goal_id.toLowerCase().includes(part))
  return only(id, fitting, fitting.length < goals.length ? fitting.length : total)
}

function only(id: string, goals: readonly GoalSummary[], total: number): GoalSummary {
  const [goal, ...more] = goals
  if (goal && more.length === 0) return goal
  if (!goal) throw new Failure(`No goal's id has ${printable(id)} in it: \`goaltrace goals\` lists them.`)
  const names = goals.slice(0, NAMED).map(({ thread_id, goal_id }) => `${printable(thread_id)}/${printable(goal_id)}`)
  const rest = total > names.length ? ' …' : ''
  throw new Failure(`${printable(id)} matches ${total} goals; be more specific: ${names.join(' ')}${rest}`)
}

/** Either part of THREAD/GOAL may have slashes. */
function splits(id: string): [string, string][] {
  return [...id.matchAll(/\//g)].map(({ index }) => [id.slice(0, index), id.slice(index + 1)])
}
