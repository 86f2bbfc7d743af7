import type { FileField, FileGoals, FileSpan, FileValue } from '../mapping/goal-files.ts'
import { at, isParent } from './json-path.ts'
import { MILLISECONDS, milliseconds, number, text } from './json-values.ts'

/** Parts of a goal as its file has it. */
export type GoalParts = Readonly<Record<string, unknown>>

/** What a field is in these parts, by the first of its forms that has a value; undefined where none is there. */
export function fieldOf(field: FileField, parts: GoalParts, thread: string | undefined): unknown {
  let found: unknown
  for (const value of isList(field) ? field : [field]) {
    const one = formOf(value, parts, thread)
    if (one !== undefined && one !== null) return one
    // null counts as known, for example that there is no budget; a missing value is unknown.
    if (one === null) found = null
  }
  return found
}

function formOf(value: FileValue, parts: GoalParts, thread: string | undefined): unknown {
  if (typeof value === 'string') return at(parts, value)
  if ('join' in value) {
    const texts = value.join.map((path) => (path === 'thread' ? thread : text(at(parts, path))))
    return texts.includes(undefined) ? undefined : texts.join('@')
  }
  if ('from' in value) return secondsOf(value, parts)
  const ms = number(at(parts, value.at))
  return ms === undefined ? undefined : Math.floor(value.unit === 'ms' ? ms / 1000 : ms)
}

function secondsOf({ from, to, less, unit }: FileSpan, parts: GoalParts): number | undefined {
  const start = milliseconds(at(parts, from), unit)
  if (start === undefined) return undefined
  const end = milliseconds(at(parts, to), unit) ?? start
  const off = less === undefined ? 0 : (number(at(parts, less)) ?? 0) * MILLISECONDS[unit]
  return Math.max(0, Math.floor((end - start - off) / 1000))
}

/** The paths by which a kind of goals is read; and those of them that hold content. */
export function pathsOf({ fields, statuses = {}, records = [] }: FileGoals): {
  all: string[]
  objective: string[]
  reason: string[]
} {
  const content = { objective: pathsIn(fields.objective), reason: pathsIn(fields.reason) }
  const all = Object.values(fields).flatMap((field) => pathsIn(field as FileField | undefined))
  for (const status of Object.values(statuses).flat()) if (isParent(status)) all.push(...Object.keys(status.when))
  for (const { add = {} } of records) all.push(...Object.keys(add), ...Object.values(add))
  return { all: [...new Set(all)], ...content }
}

/** The paths of a field. */
export function pathsIn(field: FileField | undefined): string[] {
  if (field === undefined) return []
  if (isList(field)) return field.flatMap((one) => pathsIn(one))
  if (typeof field === 'string') return [field]
  if ('join' in field) return field.join.filter((path) => path !== 'thread')
  return 'from' in field ? [field.from, field.to, ...(field.less === undefined ? [] : [field.less])] : [field.at]
}

function isList(field: FileField): field is readonly FileValue[] {
  return Array.isArray(field)
}
