import { warnOnce } from '../base/diagnose.ts'
import { GOAL_STATUSES, isGoalStatus } from '../goal/goal.ts'
import type { GoalChange, GoalSnapshot } from './goal-change.ts'

const KEYS: Readonly<Record<keyof GoalSnapshot, true>> = {
  threadId: true,
  goalId: true,
  status: true,
  tokenBudget: true,
  tokensUsed: true,
  timeUsedSeconds: true,
  objectiveLength: true,
  objective: true,
}

/** @throws {TypeError} naming the path of what cannot be meant, after `operation`. */
export function checkGoalChange(operation: string, { before, after }: GoalChange): void {
  checkSnapshot(`${operation}before`, before)
  checkSnapshot(`${operation}after`, after)
}

/**
 * Says once, of a change that was checked, which key tells nothing: it may be a word that is mistyped. No reason to refuse
 * it, since a goal may have more than is told of it.
 */
export function warnOfUnknownKeys(operation: string, { before, after }: GoalChange): void {
  for (const [which, goal] of [['before', before] as const, ['after', after] as const]) {
    const key = Object.keys(goal ?? {}).find((key) => !Object.hasOwn(KEYS, key))
    if (key === undefined) continue
    const keys = Object.keys(KEYS).join(', ')
    warnOnce(`unknown ${operation}`, `${operation}${which}.${key}: unknown; the keys are ${keys}; the others are told`)
  }
}

function checkSnapshot(which: string, goal: GoalSnapshot | null): void {
  if (goal === null) return
  const fault = (path: string, expected: string, given: unknown) =>
    new TypeError(`${path}: expected ${expected}, got ${JSON.stringify(given) ?? String(given)}`)
  if (typeof goal !== 'object') throw fault(which, 'a goal, or null where there is none', goal)
  for (const key of ['threadId', 'goalId'] as const) {
    if (typeof goal[key] !== 'string' || goal[key] === '') throw fault(`${which}.${key}`, 'a name', goal[key])
  }
  if (goal.status !== undefined && !isGoalStatus(goal.status)) {
    throw fault(`${which}.status`, `one of ${GOAL_STATUSES.join(', ')}`, goal.status)
  }
  for (const key of ['tokenBudget', 'objectiveLength'] as const) {
    const given = goal[key]
    if (given === undefined || (given === null && key === 'tokenBudget')) continue
    if (!Number.isSafeInteger(given) || Number(given) < 0)
      throw fault(`${which}.${key}`, 'a whole number from 0', given)
  }
  for (const key of ['tokensUsed', 'timeUsedSeconds'] as const) {
    const given = goal[key]
    if (given === undefined) continue
    if (typeof given !== 'number' || !(given >= 0 && given <= Number.MAX_SAFE_INTEGER))
      throw fault(`${which}.${key}`, 'a number from 0', given)
  }
}
