import type { GoalSnapshot } from '../event/goal-change.ts'
import { type GoalStatus, isGoalStatus } from '../goal/goal.ts'
import { knownAmount } from '../goal/known-amount.ts'
import type { FileField, FileGoals, FileSpan, FileTime, FileValue, TimeUnit } from '../mapping/goal-files.ts'
import { meaningIn, UNKNOWN } from '../mapping/goal-table.ts'
import { fits } from './conditions.ts'
import type { UnknownStatus } from './file-change.ts'
import { at, isParent } from './json-path.ts'

/** Parts of a goal as its file has it. */
export type GoalParts = Readonly<Record<string, unknown>>

/** What is known of a goal besides its parts. */
export interface GoalPlace {
  /** Undefined where the goal's id is its thread. */
  readonly thread: string | undefined
  /** How many goals the thread has had, with this one. */
  readonly count: number
  readonly model: string | undefined
}

/** A goal by its parts; null where there is none or its status says that it is gone. */
export function snapshotOf(
  parts: GoalParts | null,
  { fields, statuses }: FileGoals,
  place: GoalPlace,
): GoalSnapshot | null {
  if (parts === null) return null
  const value = (field: FileField | undefined) =>
    field === undefined ? undefined : fieldOf(field, parts, place.thread)
  const status = statusIn(value(fields.status), statuses, parts)
  const goalId = fields.goalId === undefined ? `${place.thread ?? 'goal'}#${place.count}` : text(value(fields.goalId))
  if (status === 'cleared' || goalId === undefined) return null
  const budget = value(fields.tokenBudget)
  const tokens = amount(budget)
  const objective = value(fields.objective)
  const reason = value(fields.reason)
  return {
    threadId: place.thread ?? goalId,
    goalId,
    status: isGoalStatus(status) ? status : undefined,
    // Agents write 0 for no limit.
    tokenBudget: budget === null || tokens === 0 ? null : tokens,
    tokensUsed: amount(value(fields.tokensUsed)),
    timeUsedSeconds: amount(value(fields.timeUsedSeconds)),
    objectiveLength: typeof objective === 'string' ? [...objective].length : number(objective),
    objective: typeof objective === 'string' ? objective : undefined,
    model: text(value(fields.model)) ?? place.model,
    reason: typeof reason === 'string' && reason !== '' ? reason : undefined,
  } satisfies Record<keyof GoalSnapshot, unknown>
}

/** What a goal's file says of how it stands, where its mapping does not know that. */
export function unknownStatus(
  parts: GoalParts | null,
  after: GoalSnapshot | null,
  { fields }: FileGoals,
): UnknownStatus | undefined {
  if (parts === null || after === null || after.status !== undefined) return undefined
  const found = fieldOf(fields.status, parts, undefined)
  return { word: found === undefined ? undefined : String(found), at: pathsIn(fields.status).join(', ') }
}

/** Whether parts of a goal lack the id that its mapping names, and do not say that it is gone. */
export function isUnnamed(parts: GoalParts, goals: FileGoals, thread: string | undefined): boolean {
  if (goals.fields.goalId === undefined || goalIdOf(parts, goals, thread) !== undefined) return false
  return statusIn(fieldOf(goals.fields.status, parts, thread), goals.statuses, parts) !== 'cleared'
}

/** Tokens or seconds. */
function amount(value: unknown): number | undefined {
  return knownAmount(number(value), "the agent's files")
}

/** What names a goal of which these are parts; undefined where they do not say. */
export function goalIdOf(parts: GoalParts, { fields }: FileGoals, thread: string | undefined): string | undefined {
  return fields.goalId === undefined ? undefined : text(fieldOf(fields.goalId, parts, thread))
}

/** Milliseconds since 1970, of a number or a date as text; undefined where it is no time that a goal can be of. */
export function timeIn(value: unknown, time: string | FileTime): number | undefined {
  const [path, unit] = typeof time === 'string' ? [time, 'ms' as const] : [time.at, time.unit]
  const ms = milliseconds(at(value, path), unit)
  return ms !== undefined && ms > EARLIEST && ms < Date.now() + LATEST ? Math.round(ms) : undefined
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

/** Characters of a name, at the most. */
export const LONGEST_NAME = 1024

/** A name: a text that is neither empty nor too long to be one, or a number. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME ? value : undefined
}

/** The year 2000: no agent had goals before. */
const EARLIEST = 946_684_800_000
/** Clocks differ, but not by more than a year. */
const LATEST = 366 * 86_400_000

function statusIn(
  value: unknown,
  statuses: FileGoals['statuses'],
  parts: GoalParts,
): GoalStatus | 'cleared' | string | undefined {
  const word = String(value ?? null)
  if (statuses === undefined) return word
  for (const said of [meaningIn(statuses, word) ?? []].flat()) {
    if (typeof said === 'string') return said === UNKNOWN ? undefined : said
    if (fits(said.when, parts)) return said.is === UNKNOWN ? undefined : said.is
  }
  return undefined
}

function fieldOf(field: FileField, parts: GoalParts, thread: string | undefined): unknown {
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

const MILLISECONDS: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1 }

function milliseconds(value: unknown, unit: TimeUnit): number | undefined {
  if (typeof value === 'number') return value * MILLISECONDS[unit]
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

function pathsIn(field: FileField | undefined): string[] {
  if (field === undefined) return []
  if (isList(field)) return field.flatMap((one) => pathsIn(one))
  if (typeof field === 'string') return [field]
  if ('join' in field) return field.join.filter((path) => path !== 'thread')
  return 'from' in field ? [field.from, field.to, ...(field.less === undefined ? [] : [field.less])] : [field.at]
}

function isList(field: FileField): field is readonly FileValue[] {
  return Array.isArray(field)
}

/** A number, or a text that is one; none beyond 64 bits, as no receiver can read it. */
function number(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Math.abs(number) < 2 ** 63 ? number : undefined
}
