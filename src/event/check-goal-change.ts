import { warnOnce } from '../base/diagnose.ts'
import { GOAL_STATUSES, isGoalStatus } from '../goal/goal.ts'
import { FIELDS, type FieldKind, type FieldName, GOAL_FIELDS } from '../goal/goal-fields.ts'
import type { GoalChange, GoalSnapshot } from './goal-change.ts'

interface Check {
  readonly expected: string
  readonly fits: (given: unknown) => boolean
}

const isWhole = (given: unknown) => Number.isSafeInteger(given) && Number(given) >= 0

const CHECKS: Readonly<Record<FieldKind, Check>> = {
  name: { expected: 'a name', fits: (given) => typeof given === 'string' && given !== '' },
  status: { expected: `one of ${GOAL_STATUSES.join(', ')}`, fits: isGoalStatus },
  limit: { expected: 'a whole number from 0', fits: (given) => given === null || isWhole(given) },
  total: {
    expected: 'a number from 0',
    fits: (given) => typeof given === 'number' && given >= 0 && given <= Number.MAX_SAFE_INTEGER,
  },
  // Whatever it is, its length is asked of it.
  content: { expected: 'a text', fits: () => true },
}

const KEYS: Readonly<Record<keyof GoalSnapshot, Check>> = {
  ...(Object.fromEntries(FIELDS.map((field) => [GOAL_FIELDS[field].name, CHECKS[GOAL_FIELDS[field].is]])) as Record<
    FieldName,
    Check
  >),
  objectiveLength: { expected: 'a whole number from 0', fits: isWhole },
}
const CHECKED = Object.entries(KEYS) as [keyof GoalSnapshot, Check][]

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
  for (const [key, { expected, fits }] of CHECKED) {
    const given = goal[key]
    const needed = key === 'threadId' || key === 'goalId'
    if ((given !== undefined || needed) && !fits(given)) throw fault(`${which}.${key}`, expected, given)
  }
}
