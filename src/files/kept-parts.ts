import type { FileGoals } from '../mapping/goal-files.ts'
import { type GoalParts, pathsOf } from './field-values.ts'
import { isParent, parts } from './json-path.ts'
import { LONGEST_NAME } from './json-values.ts'

/** Keeps of a goal only what its mapping names; where content is not captured, of the objective only its length. */
export function keeper(goals: FileGoals, captureContent: boolean): (goal: object) => GoalParts {
  const { all, objective, reason } = pathsOf(goals)
  return (goal) =>
    parts(goal, all, (value, path) => {
      if (isParent(value)) return undefined
      if (typeof value !== 'string') return value
      const isContent = objective.includes(path) || reason.includes(path)
      if (!isContent) return value.length > LONGEST_NAME ? undefined : value
      if (captureContent) return value
      return objective.includes(path) ? [...value].length : undefined
    })
}
