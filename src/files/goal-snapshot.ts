import type { GoalSnapshot } from '../event/goal-change.ts'
import { type GoalStatus, isGoalStatus } from '../goal/goal.ts'
import type { FileField, FileGoals } from '../mapping/goal-files.ts'
import { meaningIn, UNKNOWN } from '../mapping/goal-table.ts'
import { fits } from './conditions.ts'
import { fieldOf, type GoalParts, pathsIn } from './field-values.ts'
import type { UnknownStatus } from './file-change.ts'
import { number, text } from './json-values.ts'

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

/** Whether parts of a goal have an amount below 0. */
export function isNegative(parts: GoalParts | null, { fields }: FileGoals): boolean {
  const amounts = [fields.tokenBudget, fields.tokensUsed, fields.timeUsedSeconds]
  return parts !== null && amounts.some((field) => field && (number(fieldOf(field, parts, undefined)) ?? 0) < 0)
}

/** Tokens or seconds; no total is negative. */
function amount(value: unknown): number | undefined {
  const found = number(value)
  return found === undefined || found >= 0 ? found : undefined
}

/** What names a goal of which these are parts; undefined where they do not say. */
export function goalIdOf(parts: GoalParts, { fields }: FileGoals, thread: string | undefined): string | undefined {
  return fields.goalId === undefined ? undefined : text(fieldOf(fields.goalId, parts, thread))
}

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
