import { check } from '../base/check.ts'
import {
  ANYTHING,
  NAME,
  numberFrom,
  objectOf,
  oneOf,
  orNull,
  type Rule,
  type Rules,
  wholeNumberFrom,
} from '../base/rules.ts'
import { GOAL_STATUSES } from '../goal/goal.ts'
import { FIELDS, type FieldKind, GOAL_FIELDS } from '../goal/goal-fields.ts'
import type { GoalChange } from './goal-change.ts'

const RULES: Readonly<Record<FieldKind, Rule>> = {
  name: NAME,
  status: oneOf(GOAL_STATUSES),
  limit: orNull(wholeNumberFrom(0)),
  total: numberFrom(0),
  // Whatever it is, its length is asked of it.
  content: ANYTHING,
}

const SNAPSHOT: Rules = {
  ...Object.fromEntries(FIELDS.map((field) => [GOAL_FIELDS[field].name, RULES[GOAL_FIELDS[field].is]])),
  objectiveLength: wholeNumberFrom(0),
}

export const GOAL: Rule = {
  ...objectOf(SNAPSHOT, ['threadId', 'goalId'], 'a goal, or null where there is none'),
  // A goal may have more than is recorded of it.
  open: true,
}

/** @throws {TypeError} or {RangeError} naming the operation and the part of the goal that is not valid. */
export function checkGoalChange(operation: string, { before, after }: GoalChange): void {
  if (before !== null) check(operation, 'before', before, GOAL)
  if (after !== null) check(operation, 'after', after, GOAL)
}
