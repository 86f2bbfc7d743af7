import type { GoalStatus } from '../goal/goal.ts'
import type { GoalChange, GoalSnapshot } from './goal-change.ts'
import type { GoalContext } from './goal-context.ts'
import type { GoalTraceIds } from './goal-trace-ids.ts'

/** Another span, as a link names it. */
export interface SpanRef {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  readonly traceFlags: number
}

/**
 * What has to be known of a goal that is not over to go on with its trace: kept with the checkpoint, as JSON, and as large after
 * a million changes as after one.
 */
export interface OpenGoal {
  readonly ids: GoalTraceIds
  /** Milliseconds since 1970. */
  readonly begunMs: number
  /** Whether goaltrace saw the goal only after its creation. */
  readonly beginUnseen?: true | undefined
  /** From the last change that had one. */
  readonly sessionId?: string | undefined
  /** The spans in which it began, for the root's links. */
  readonly begunIn?: readonly SpanRef[] | undefined
  readonly phase: GoalPhase
  /** The last turn that changed the goal, as it began. */
  readonly turn?: GoalTurn | undefined
  /** That turn's last change. Kept apart from the turn, because most changes replace only this. */
  readonly latest?: TurnChange | undefined
}

/** The status that a goal has, and since when. */
export interface GoalPhase {
  /** Undefined where nothing maps the word for it. */
  readonly status?: GoalStatus | undefined
  readonly fromMs: number
  /** Of the change that began it. */
  readonly uid: string
  readonly beginUnseen?: true | undefined
  /** The goal's totals when it began. */
  readonly tokens?: number | undefined
  readonly seconds?: number | undefined
  /** Only where capturing content was asked for. */
  readonly reason?: string | undefined
  /** The span of the change that began it. */
  readonly begunIn?: SpanRef | undefined
}

/** A stretch of changes that one turn made. */
export interface GoalTurn {
  readonly id: string
  readonly fromMs: number
  /** Of its first change. */
  readonly uid: string
  /** The goal's totals before that. */
  readonly tokens?: number | undefined
  readonly seconds?: number | undefined
  /** The agent's own span, in which it made that. */
  readonly madeIn?: SpanRef | undefined
}

/** A change that a turn made. */
export interface TurnChange {
  readonly uid: string
  readonly atMs: number
  /** The goal's totals after it. */
  readonly tokens?: number | undefined
  readonly seconds?: number | undefined
}

/** Whether both differ in their latest changes at most. */
export function differInLatestOnly(one: OpenGoal, other: OpenGoal): boolean {
  return (
    one.ids === other.ids && one.phase === other.phase && one.turn === other.turn && one.sessionId === other.sessionId
  )
}

/** When, where and by what a change was made. */
export interface Moment {
  readonly uid: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** When the statement that made it began: a goal begins with the statement that creates it. Default: atMs. */
  readonly startMs?: number | undefined
  readonly known: GoalContext
  /** The span of the change. */
  readonly span?: SpanRef | undefined
  /** The agent's own span, in which the change was made. */
  readonly caller?: SpanRef | undefined
}

/** Where an open goal is kept while changes are followed. */
export interface OpenGoalSlot {
  /** Undefined where the goal is over, or was not seen yet. */
  readonly open: OpenGoal | undefined
  set(open: OpenGoal | undefined): void
}

/** The goals that are not over. */
export interface OpenGoals {
  /** @param key By `goalKey`. */
  slotOf(key: string): OpenGoalSlot
}

/** The slots of the goals before and after a change: one and the same where it is one goal. */
export interface ChangeSlots {
  readonly before: OpenGoalSlot | undefined
  readonly after: OpenGoalSlot | undefined
}

export function slotsOf(openGoals: OpenGoals, table: string, { before, after }: GoalChange): ChangeSlots {
  const slot = ({ threadId, goalId }: GoalSnapshot) => openGoals.slotOf(goalKey(table, threadId, goalId))
  const old = before === null ? undefined : slot(before)
  if (after === null) return { before: old, after: undefined }
  return { before: old, after: old && before !== null && isSameGoal(before, after) ? old : slot(after) }
}

/** A goal on another thread is another goal. */
function isSameGoal(one: GoalSnapshot, other: GoalSnapshot): boolean {
  return one.goalId === other.goalId && one.threadId === other.threadId
}

/** @param table Two tables of a database may give the same ids. */
export function goalKey(table: string, threadId: string, goalId: string): string {
  return `${table}\0${threadId}\0${goalId}`
}
