import type { GoalChange, GoalSnapshot } from './goal-change.ts'
import { type GoalLife, type GoalLives, lifeKey, type Moment, type SpanRef } from './goal-life.ts'
import { type GoalTraceIds, goalTraceIds } from './goal-trace-ids.ts'
import { type GoalEnd, type GoalTraceSpan, phaseSpan, rootSpan, turnSpan } from './goal-trace-spans.ts'
import { turnAfter } from './goal-turn.ts'

const SAMPLED = 1

/**
 * Goes on with the traces of the goals of a change.
 * @param table The goals' table.
 * @returns the spans that end with it.
 */
export function followGoal(lives: GoalLives, table: string, change: GoalChange, moment: Moment): GoalTraceSpan[] {
  const { before, after } = change
  if (before !== null && after !== null && isSame(before, after)) {
    return goesOn(lives, lifeKey(table, after.threadId, after.goalId), before, after, moment)
  }
  const spans: GoalTraceSpan[] = []
  let replaced: SpanRef | undefined
  if (before !== null) {
    const key = lifeKey(table, before.threadId, before.goalId)
    const how = after !== null && after.threadId === before.threadId ? 'replaced' : 'cleared'
    const life = lifeOf(lives, key, before, moment)
    if (life !== undefined) {
      const at = { ...moment, atMs: notBefore(life, moment.atMs) }
      const last = inTurn(life, before, before, at)
      spans.push(...last.spans, ...ended(last.life, before, at, { how }))
      if (how === 'replaced') replaced = { ...life.ids, traceFlags: SAMPLED }
    }
    lives.set(key, undefined)
  }
  if (after !== null) {
    const key = lifeKey(table, after.threadId, after.goalId)
    const lost = lives.get(key)
    if (lost !== undefined) spans.push(...ended(lost, after, moment, { how: 'unseen', isUnseen: true }))
    spans.push(...begins(lives, key, after, moment, replaced))
  }
  return spans
}

/** The trace that tells of a change: of the goal that it leaves, else of the one that it takes away. Undefined where none does. */
export function traceOfChange(
  lives: GoalLives,
  table: string,
  { before, after }: GoalChange,
  uid: string,
): GoalTraceIds | undefined {
  const goal = after ?? before
  if (goal === null) return undefined
  const { threadId, goalId } = goal
  if (before === null || (after !== null && !isSame(before, after))) return goalTraceIds(threadId, goalId, uid)
  const life = lives.get(lifeKey(table, threadId, goalId))
  if (before.status === 'complete') return isOver(after) ? life?.ids : goalTraceIds(threadId, goalId, uid)
  return life?.ids ?? goalTraceIds(threadId, goalId, '')
}

function goesOn(
  lives: GoalLives,
  key: string,
  before: GoalSnapshot,
  after: GoalSnapshot,
  moment: Moment,
): GoalTraceSpan[] {
  const known = lifeOf(lives, key, before, moment)
  if (known === undefined || before.status === 'complete') {
    // A life that is left was completed by somebody who is not observed.
    const spans = known === undefined ? [] : ended(known, before, moment, { how: 'complete', isUnseen: true })
    lives.set(key, undefined)
    return isOver(after) ? spans : [...spans, ...begins(lives, key, after, moment, undefined)]
  }
  const at = { ...moment, atMs: notBefore(known, moment.atMs) }
  const seen = withStatusOf(known, before, at)
  const { life, spans } = inTurn(seen.life, before, after, at)
  spans.unshift(...seen.spans)
  if (before.status === after.status) {
    lives.set(key, life)
    return spans
  }
  const isComplete = after.status === 'complete'
  lives.set(key, isComplete ? undefined : { ...life, phase: phaseOf(after, at) })
  return [...spans, ...(isComplete ? ended(life, after, at, { how: 'complete' }) : endedPhase(life, after, at))]
}

/** A step on the way of a life. */
interface Step {
  readonly life: GoalLife
  readonly spans: GoalTraceSpan[]
}

/** Where the status is another one than it was left with, what has changed it was not seen. */
function withStatusOf(life: GoalLife, before: GoalSnapshot, at: Moment): Step {
  if (life.phase.status === before.status) return { life, spans: [] }
  const phase = { ...phaseOf(before, { ...at, span: undefined }), beginUnseen: true as const }
  return { life: { ...life, phase }, spans: endedPhase(life, before, at, true) }
}

function inTurn(life: GoalLife, before: GoalSnapshot, after: GoalSnapshot, at: Moment): Step {
  const { sessionId = life.sessionId } = at.known
  const turn = turnAfter(life, before, after, at)
  if (turn === life.turn && sessionId === life.sessionId) return { life, spans: [] }
  const isOver = life.turn !== undefined && turn?.firstUid !== life.turn.firstUid
  return { life: { ...life, sessionId, turn }, spans: isOver ? [turnSpan(life, before, life.turn)] : [] }
}

/** A goal that begins with this change. */
function begins(
  lives: GoalLives,
  key: string,
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
  lives.set(key, goal.status === 'complete' ? undefined : whole)
  return goal.status === 'complete' ? [rootSpan(whole, goal, { ...moment, span: undefined }, { how: 'complete' })] : []
}

/** The life of a goal that is there before the change; undefined where it is over. One that is met only now begins unseen. */
function lifeOf(lives: GoalLives, key: string, before: GoalSnapshot, moment: Moment): GoalLife | undefined {
  const life = lives.get(key)
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

function isSame(one: GoalSnapshot, other: GoalSnapshot): boolean {
  return one.goalId === other.goalId && one.threadId === other.threadId
}
