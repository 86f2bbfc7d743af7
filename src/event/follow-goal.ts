import type { GoalChange, GoalSnapshot } from './goal-change.ts'
import { type GoalTraceIds, goalTraceIds } from './goal-trace-ids.ts'
import { type GoalEnd, type GoalTraceSpan, phaseSpan, rootSpan, turnSpan } from './goal-trace-spans.ts'
import { turnBegunBy, turnChange } from './goal-turn.ts'
import type { ChangeSlots, Moment, OpenGoal, OpenGoalSlot, SpanRef } from './open-goal.ts'

const SAMPLED = 1

/**
 * Goes on with the traces of the goals of a change.
 * @returns the spans that end with it.
 */
export function followGoal(
  slots: ChangeSlots,
  { before, after }: GoalChange,
  moment: Moment,
): readonly GoalTraceSpan[] {
  if (before !== null && after !== null && slots.before && slots.before === slots.after) {
    return goesOn(slots.before, before, after, moment)
  }
  const spans: GoalTraceSpan[] = []
  let replaced: SpanRef | undefined
  if (before !== null) {
    const how = after !== null && after.threadId === before.threadId ? 'replaced' : 'cleared'
    const open = openGoalOf(slots.before, before, moment)
    if (open !== undefined) {
      const at = { ...moment, atMs: notBefore(open, moment.atMs) }
      const last = inTurn(open, before, before, at)
      spans.push(...last.spans, ...ended(last.open, before, at, { how }))
      if (how === 'replaced') replaced = { ...open.ids, traceFlags: SAMPLED }
    }
    slots.before?.set(undefined)
  }
  if (after !== null) {
    const lost = slots.after?.open
    if (lost !== undefined) spans.push(...ended(lost, after, moment, { how: 'unseen', isUnseen: true }))
    spans.push(...begins(slots.after, after, moment, replaced))
  }
  return spans
}

/** The trace that a change belongs to: that of the goal after it, else of the goal that it removes. Undefined where that is over. */
export function traceOfChange(
  slots: ChangeSlots,
  { before, after }: GoalChange,
  uid: string,
): GoalTraceIds | undefined {
  const goal = after ?? before
  if (goal === null) return undefined
  const { threadId, goalId } = goal
  if (before === null || (after !== null && slots.before !== slots.after)) return goalTraceIds(threadId, goalId, uid)
  const open = slots.before?.open
  if (before.status === 'complete') return isOver(after) ? open?.ids : goalTraceIds(threadId, goalId, uid)
  return open?.ids ?? goalTraceIds(threadId, goalId, uid)
}

function goesOn(
  slot: OpenGoalSlot,
  before: GoalSnapshot,
  after: GoalSnapshot,
  moment: Moment,
): readonly GoalTraceSpan[] {
  const known = openGoalOf(slot, before, moment)
  if (known === undefined || before.status === 'complete') {
    // An open goal that is left was completed by a change that was not seen.
    const spans = known === undefined ? [] : ended(known, before, moment, { how: 'complete', isUnseen: true })
    slot.set(undefined)
    return isOver(after) ? spans : [...spans, ...begins(slot, after, moment, undefined)]
  }
  const atMs = notBefore(known, moment.atMs)
  const at = atMs === moment.atMs ? moment : { ...moment, atMs }
  const seen = withStatusOf(known, before, at)
  const { open, spans } = inTurn(seen.open, before, after, at)
  if (before.status === after.status) {
    slot.set(open)
    return seen.spans.length === 0 ? spans : [...seen.spans, ...spans]
  }
  const isComplete = after.status === 'complete'
  slot.set(isComplete ? undefined : { ...open, phase: phaseOf(after, at) })
  const last = isComplete ? ended(open, after, at, { how: 'complete' }) : endedPhase(open, after, at)
  return [...seen.spans, ...spans, ...last]
}

/** An open goal after a part of a change, and the spans that ended by it. */
interface Step {
  readonly open: OpenGoal
  readonly spans: readonly GoalTraceSpan[]
}

const NONE: readonly GoalTraceSpan[] = []

/** Where the status is not the one of the last change that was seen, another change has set it. */
function withStatusOf(open: OpenGoal, before: GoalSnapshot, at: Moment): Step {
  if (open.phase.status === before.status) return { open, spans: NONE }
  const phase = { ...phaseOf(before, { ...at, span: undefined }), beginUnseen: true as const }
  return { open: { ...open, phase }, spans: endedPhase(open, before, at, true) }
}

function inTurn(open: OpenGoal, before: GoalSnapshot, after: GoalSnapshot, at: Moment): Step {
  const { sessionId = open.sessionId, turnId } = at.known
  if (turnId === undefined || turnId === null) {
    return { open: sessionId === open.sessionId ? open : { ...open, sessionId }, spans: NONE }
  }
  const turn = turnBegunBy(open, before, after, at)
  const latest = turnChange(after, at)
  if (turn === undefined) return { open: { ...open, sessionId, latest }, spans: NONE }
  return { open: { ...open, sessionId, turn, latest }, spans: lastTurn(open, before) }
}

function lastTurn(open: OpenGoal, goal: GoalSnapshot): readonly GoalTraceSpan[] {
  const { turn, latest } = open
  return turn && latest ? [turnSpan(open, goal, turn, latest)] : NONE
}

/** A goal that begins with this change. */
function begins(
  slot: OpenGoalSlot | undefined,
  goal: GoalSnapshot,
  moment: Moment,
  replaced: SpanRef | undefined,
): GoalTraceSpan[] {
  const { atMs, startMs = atMs, uid, known, span } = moment
  const begunIn = [span, replaced].filter((link) => link !== undefined)
  const open: OpenGoal = {
    ids: goalTraceIds(goal.threadId, goal.goalId, uid),
    begunMs: startMs,
    ...(begunIn.length > 0 && { begunIn }),
    ...(known.sessionId !== undefined && { sessionId: known.sessionId }),
    phase: phaseOf(goal, { ...moment, atMs: startMs }),
  }
  const turn = turnBegunBy(open, goal, goal, moment)
  const whole = turn ? { ...open, turn, latest: turnChange(goal, moment) } : open
  slot?.set(goal.status === 'complete' ? undefined : whole)
  return goal.status === 'complete' ? [rootSpan(whole, goal, { ...moment, span: undefined }, { how: 'complete' })] : []
}

/** The open goal before the change; undefined where it is complete. One that is seen for the first time began unseen. */
function openGoalOf(slot: OpenGoalSlot | undefined, before: GoalSnapshot, moment: Moment): OpenGoal | undefined {
  const open = slot?.open
  if (open !== undefined || before.status === 'complete') return open
  return {
    ids: goalTraceIds(before.threadId, before.goalId, moment.uid),
    begunMs: moment.atMs,
    beginUnseen: true,
    phase: { ...phaseOf(before, { ...moment, span: undefined }), beginUnseen: true },
  }
}

/** @param goal As it was at the end. */
function ended(open: OpenGoal, goal: GoalSnapshot, moment: Moment, end: GoalEnd): GoalTraceSpan[] {
  const at = { ...moment, atMs: notBefore(open, moment.atMs) }
  return [...lastTurn(open, goal), ...endedPhase(open, goal, at, end.isUnseen), rootSpan(open, goal, at, end)]
}

/** None for a phase of which only the end was seen: it would have no length. */
function endedPhase(open: OpenGoal, goal: GoalSnapshot, at: Moment, endUnseen = false): GoalTraceSpan[] {
  const { beginUnseen, fromMs } = open.phase
  return beginUnseen && fromMs === at.atMs ? [] : [phaseSpan(open, goal, at, endUnseen)]
}

function phaseOf(goal: GoalSnapshot, { atMs, uid, span }: Moment): OpenGoal['phase'] {
  const { status, tokensUsed: tokens, timeUsedSeconds: seconds, reason } = goal
  return { status, fromMs: atMs, uid, tokens, seconds, reason, ...(span && { begunIn: span }) }
}

/** A clock that was set back must not make a phase end before it began. */
function notBefore({ phase, latest }: OpenGoal, atMs: number): number {
  return Math.max(phase.fromMs, latest?.atMs ?? 0, atMs)
}

function isOver(goal: GoalSnapshot | null): boolean {
  return goal === null || goal.status === undefined || goal.status === 'complete'
}
