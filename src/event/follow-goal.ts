import type { GoalChange, GoalSnapshot } from './goal-change.ts'
import type { ChangePlaces, GoalLife, LifePlace, Moment, SpanRef } from './goal-life.ts'
import { type GoalTraceIds, goalTraceIds } from './goal-trace-ids.ts'
import { type GoalEnd, type GoalTraceSpan, phaseSpan, rootSpan, turnSpan } from './goal-trace-spans.ts'
import { turnAfter } from './goal-turn.ts'

const SAMPLED = 1

/**
 * Goes on with the traces of the goals of a change.
 * @returns the spans that end with it.
 */
export function followGoal(
  places: ChangePlaces,
  { before, after }: GoalChange,
  moment: Moment,
): readonly GoalTraceSpan[] {
  if (before !== null && after !== null && places.before && places.before === places.after) {
    return goesOn(places.before, before, after, moment)
  }
  const spans: GoalTraceSpan[] = []
  let replaced: SpanRef | undefined
  if (before !== null) {
    const how = after !== null && after.threadId === before.threadId ? 'replaced' : 'cleared'
    const life = lifeOf(places.before, before, moment)
    if (life !== undefined) {
      const at = { ...moment, atMs: notBefore(life, moment.atMs) }
      const last = inTurn(life, before, before, at)
      spans.push(...last.spans, ...ended(last.life, before, at, { how }))
      if (how === 'replaced') replaced = { ...life.ids, traceFlags: SAMPLED }
    }
    places.before?.set(undefined)
  }
  if (after !== null) {
    const lost = places.after?.life
    if (lost !== undefined) spans.push(...ended(lost, after, moment, { how: 'unseen', isUnseen: true }))
    spans.push(...begins(places.after, after, moment, replaced))
  }
  return spans
}

/** The trace that tells of a change: of the goal that it leaves, else of the one that it takes away. Undefined where none does. */
export function traceOfChange(
  places: ChangePlaces,
  { before, after }: GoalChange,
  uid: string,
): GoalTraceIds | undefined {
  const goal = after ?? before
  if (goal === null) return undefined
  const { threadId, goalId } = goal
  if (before === null || (after !== null && places.before !== places.after)) return goalTraceIds(threadId, goalId, uid)
  const life = places.before?.life
  if (before.status === 'complete') return isOver(after) ? life?.ids : goalTraceIds(threadId, goalId, uid)
  return life?.ids ?? goalTraceIds(threadId, goalId, '')
}

function goesOn(place: LifePlace, before: GoalSnapshot, after: GoalSnapshot, moment: Moment): readonly GoalTraceSpan[] {
  const known = lifeOf(place, before, moment)
  if (known === undefined || before.status === 'complete') {
    // A life that is left was completed by somebody who is not observed.
    const spans = known === undefined ? [] : ended(known, before, moment, { how: 'complete', isUnseen: true })
    place.set(undefined)
    return isOver(after) ? spans : [...spans, ...begins(place, after, moment, undefined)]
  }
  const atMs = notBefore(known, moment.atMs)
  const at = atMs === moment.atMs ? moment : { ...moment, atMs }
  const seen = withStatusOf(known, before, at)
  const { life, spans } = inTurn(seen.life, before, after, at)
  if (before.status === after.status) {
    place.set(life)
    return seen.spans.length === 0 ? spans : [...seen.spans, ...spans]
  }
  const isComplete = after.status === 'complete'
  place.set(isComplete ? undefined : { ...life, phase: phaseOf(after, at) })
  const last = isComplete ? ended(life, after, at, { how: 'complete' }) : endedPhase(life, after, at)
  return [...seen.spans, ...spans, ...last]
}

/** A step on the way of a life. */
interface Step {
  readonly life: GoalLife
  readonly spans: readonly GoalTraceSpan[]
}

const NONE: readonly GoalTraceSpan[] = []

/** Where the status is another one than it was left with, what has changed it was not seen. */
function withStatusOf(life: GoalLife, before: GoalSnapshot, at: Moment): Step {
  if (life.phase.status === before.status) return { life, spans: NONE }
  const phase = { ...phaseOf(before, { ...at, span: undefined }), beginUnseen: true as const }
  return { life: { ...life, phase }, spans: endedPhase(life, before, at, true) }
}

function inTurn(life: GoalLife, before: GoalSnapshot, after: GoalSnapshot, at: Moment): Step {
  const { sessionId = life.sessionId } = at.known
  const turn = turnAfter(life, before, after, at)
  if (turn === life.turn && sessionId === life.sessionId) return { life, spans: NONE }
  const isOver = life.turn !== undefined && turn?.firstUid !== life.turn.firstUid
  return { life: { ...life, sessionId, turn }, spans: isOver ? [turnSpan(life, before, life.turn)] : NONE }
}

/** A goal that begins with this change. */
function begins(
  place: LifePlace | undefined,
  goal: GoalSnapshot,
  moment: Moment,
  replaced: SpanRef | undefined,
): GoalTraceSpan[] {
  const { atMs, uid, known, span } = moment
  const begunIn = [span, replaced].filter((link) => link !== undefined)
  const life: GoalLife = {
    ids: goalTraceIds(goal.threadId, goal.goalId, uid),
    begunMs: atMs,
    ...(begunIn.length > 0 && { begunIn }),
    ...(known.sessionId !== undefined && { sessionId: known.sessionId }),
    phase: phaseOf(goal, moment),
  }
  const turn = turnAfter(life, goal, goal, moment)
  const whole = turn ? { ...life, turn } : life
  place?.set(goal.status === 'complete' ? undefined : whole)
  return goal.status === 'complete' ? [rootSpan(whole, goal, { ...moment, span: undefined }, { how: 'complete' })] : []
}

/** The life of a goal that is there before the change; undefined where it is over. One that is met only now begins unseen. */
function lifeOf(place: LifePlace | undefined, before: GoalSnapshot, moment: Moment): GoalLife | undefined {
  const life = place?.life
  if (life !== undefined || before.status === 'complete') return life
  return {
    ids: goalTraceIds(before.threadId, before.goalId, ''),
    begunMs: moment.atMs,
    beginUnseen: true,
    phase: { ...phaseOf(before, { ...moment, span: undefined }), beginUnseen: true },
  }
}

/** @param goal As it was at the end. */
function ended(life: GoalLife, goal: GoalSnapshot, moment: Moment, end: GoalEnd): GoalTraceSpan[] {
  const at = { ...moment, atMs: notBefore(life, moment.atMs) }
  const turn = life.turn ? [turnSpan(life, goal, life.turn)] : []
  return [...turn, ...endedPhase(life, goal, at, end.isUnseen), rootSpan(life, goal, at, end)]
}

/** Of a phase of which nothing was seen but the end there is nothing to show. */
function endedPhase(life: GoalLife, goal: GoalSnapshot, at: Moment, endUnseen = false): GoalTraceSpan[] {
  const { beginUnseen, fromMs } = life.phase
  return beginUnseen && fromMs === at.atMs ? [] : [phaseSpan(life, goal, at, endUnseen)]
}

function phaseOf(goal: GoalSnapshot, { atMs, uid, span }: Moment): GoalLife['phase'] {
  const { status, tokensUsed: tokens, timeUsedSeconds: seconds, reason } = goal
  return { status, fromMs: atMs, uid, tokens, seconds, reason, ...(span && { begunIn: span }) }
}

/** A clock that was set back must not make a phase end before it began. */
function notBefore({ phase, turn }: GoalLife, atMs: number): number {
  return Math.max(phase.fromMs, turn?.untilMs ?? 0, atMs)
}

function isOver(goal: GoalSnapshot | null): boolean {
  return goal === null || goal.status === undefined || goal.status === 'complete'
}
