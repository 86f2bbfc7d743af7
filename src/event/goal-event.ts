import type { GoalStatus } from '../goal/goal.ts'
import type { GoalChange, GoalSnapshot } from './goal-change.ts'

export const GOAL_EVENT_KINDS = ['created', 'usage_accounted', 'status_changed', 'cleared'] as const

export type GoalEventKind = (typeof GOAL_EVENT_KINDS)[number]

/** The name of its log record. */
export function eventNameOf(kind: GoalEventKind): `agent_goal.${GoalEventKind}` {
  return `agent_goal.${kind}`
}

export interface GoalEvent {
  readonly kind: GoalEventKind
  readonly goal: GoalSnapshot & { readonly status: GoalStatus }
  /** The status that the goal left; undefined where it did not change or is not known. */
  readonly previousStatus?: GoalStatus | undefined
  /** For a created goal, the id of the one that it replaced on its thread. */
  readonly previousId?: string | undefined
}

type KnownGoal = GoalEvent['goal']

/**
 * The events of one change, in the order in which they are emitted: usage before status. The rules are Codex's.
 */
export function goalEvents({ before, after }: GoalChange): GoalEvent[] {
  // Nothing else knows the rules; the recordings of Codex in test/recordings prove them.
  const old = known(before)
  const now = known(after)
  if (after === null) return old ? [{ kind: 'cleared', goal: old }] : []
  if (!now) return []
  if (before === null) return [{ kind: 'created', goal: now }]
  if (before.threadId !== after.threadId) {
    // A goal that moves to another thread is another goal there, because the key is the pair.
    const created: GoalEvent = { kind: 'created', goal: now }
    return old ? [{ kind: 'cleared', goal: old }, created] : [created]
  }
  // A goal created over another one replaces it without an event of the old one, as Codex does.
  if (before.goalId !== after.goalId) return [{ kind: 'created', goal: now, previousId: before.goalId }]
  const events: GoalEvent[] = []
  if (before.tokensUsed !== after.tokensUsed || before.timeUsedSeconds !== after.timeUsedSeconds) {
    events.push({ kind: 'usage_accounted', goal: now })
  }
  if (old?.status !== now.status) events.push({ kind: 'status_changed', goal: now, previousStatus: old?.status })
  return events
}

function known(goal: GoalSnapshot | null): KnownGoal | undefined {
  return goal?.status === undefined ? undefined : (goal as KnownGoal)
}
