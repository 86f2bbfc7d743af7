import type { FileCondition, FileConditions } from '../mapping/goal-files.ts'
import { at, isParent } from './json-path.ts'

/** Whether a line or a goal meets all conditions. */
export function fits(conditions: FileConditions, value: unknown, thread?: string): boolean {
  for (const path in conditions) {
    if (!holds(conditions[path] as FileCondition, at(value, path), thread)) return false
  }
  return true
}

function holds(condition: FileCondition, value: unknown, thread: string | undefined): boolean {
  if (Array.isArray(condition)) return condition.some((one) => isSame(one, value))
  if (!isParent(condition)) return isSame(condition, value)
  if ('not' in condition) return !holds(condition.not, value, thread)
  return thread !== undefined && value === thread
}

function isSame(wanted: unknown, value: unknown): boolean {
  return wanted === null ? value === null || value === undefined : wanted === value
}
