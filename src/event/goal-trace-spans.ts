import type { GoalStatus } from '../goal/goal.ts'
import type { GoalSnapshot } from './goal-change.ts'
import { partSpanId } from './goal-trace-ids.ts'
import { type GoalAttributes, goalAttributes } from './log-record.ts'
import type { GoalTurn, Moment, OpenGoal, SpanRef, TurnChange } from './open-goal.ts'
import * as semconv from './semconv.ts'

/** How a goal ended; `unseen` where another one of the same id follows. */
export interface GoalEnd {
  readonly how: 'complete' | 'cleared' | 'replaced' | 'unseen'
  /** Whether the end itself was not seen, only a change after it. */
  readonly isUnseen?: boolean
}

/** A span of a goal's trace, complete. */
export interface GoalTraceSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  /** The root's; undefined for the root itself. */
  readonly parentId: string | undefined
  readonly startMs: number
  readonly endMs: number
  /** Defined where it failed; why, where that was captured. */
  readonly failure: Failure | undefined
  readonly attributes: GoalAttributes
  readonly links: readonly SpanRef[]
}

/** A goal is blocked or at a limit: the agent cannot continue without help. */
export interface Failure {
  /** Only where capturing content was asked for. */
  readonly reason: string | undefined
}

const FAILED: readonly (GoalStatus | undefined)[] = ['blocked', 'usage_limited', 'budget_limited']

/** Undefined where the status is no failure. */
export function failureOf(status: GoalStatus | undefined, reason: string | undefined): Failure | undefined {
  return FAILED.includes(status) ? { reason } : undefined
}

const AGENT = 'AGENT'
const CHAIN = 'CHAIN'

/** @param goal As it was at its end. */
export function rootSpan(
  open: OpenGoal,
  goal: GoalSnapshot,
  { atMs, known, span }: Moment,
  end: GoalEnd,
): GoalTraceSpan {
  const { how, isUnseen } = end
  const status = how === 'complete' ? how : open.phase.status
  const { reason = open.phase.reason } = goal
  const about = { ...goal, status: status ?? 'active', reason }
  const attributes: GoalAttributes = {
    ...goalAttributes({ kind: 'cleared', goal: about }, { ...known, sessionId: open.sessionId, turnId: undefined }),
    [semconv.ATTR_AGENT_GOAL_END]: how,
    [semconv.ATTR_OPENINFERENCE_SPAN_KIND]: AGENT,
  }
  attributes[semconv.ATTR_SESSION_ID] ??= goal.threadId
  if (status === undefined) delete attributes[semconv.ATTR_AGENT_GOAL_STATUS]
  if (goal.objective !== undefined) {
    attributes[semconv.ATTR_INPUT_VALUE] = goal.objective
    attributes[semconv.ATTR_OUTPUT_VALUE] = reason === undefined ? how : `${how}: ${reason}`
  }
  if (open.beginUnseen) attributes[semconv.ATTR_AGENT_GOAL_BEGIN_UNSEEN] = true
  if (isUnseen) attributes[semconv.ATTR_AGENT_GOAL_END_UNSEEN] = true
  return {
    name: semconv.SPAN_GOAL,
    ...open.ids,
    parentId: undefined,
    startMs: open.begunMs,
    endMs: atMs,
    failure: failureOf(status, reason),
    attributes,
    links: [...(open.begunIn ?? []), ...(span ? [span] : [])],
  }
}

/** @param goal As it was when the phase ended. */
export function phaseSpan(
  open: OpenGoal,
  goal: GoalSnapshot,
  { uid, atMs, span }: Moment,
  endUnseen: boolean,
): GoalTraceSpan {
  const { phase, ids } = open
  const { status, reason, begunIn } = phase
  const attributes = partAttributes(goal, open.sessionId, CHAIN)
  if (status !== undefined) attributes[semconv.ATTR_AGENT_GOAL_STATUS] = status
  if (reason !== undefined) attributes[semconv.ATTR_AGENT_GOAL_STATUS_REASON] = reason
  if (phase.beginUnseen) attributes[semconv.ATTR_AGENT_GOAL_BEGIN_UNSEEN] = true
  if (endUnseen) attributes[semconv.ATTR_AGENT_GOAL_END_UNSEEN] = true
  addSpent(attributes, goal, since(goal.tokensUsed, phase.tokens), since(goal.timeUsedSeconds, phase.seconds))
  return {
    name: status ?? semconv.SPAN_PHASE,
    traceId: ids.traceId,
    spanId: partSpanId(ids.traceId, semconv.SPAN_PHASE, phase.uid, uid, status ?? ''),
    parentId: ids.spanId,
    startMs: phase.fromMs,
    endMs: atMs,
    failure: failureOf(status, reason),
    attributes,
    links: [begunIn, span].filter((link) => link !== undefined),
  }
}

/** @param goal As a change of it had it, for what does not change in a turn. */
export function turnSpan(
  { ids, sessionId }: OpenGoal,
  goal: GoalSnapshot,
  turn: GoalTurn,
  latest: TurnChange,
): GoalTraceSpan {
  const attributes = partAttributes(goal, sessionId, AGENT)
  attributes[semconv.ATTR_AGENT_GOAL_TURN_ID] = turn.id
  addSpent(attributes, goal, since(latest.tokens, turn.tokens), since(latest.seconds, turn.seconds))
  return {
    name: semconv.SPAN_TURN,
    traceId: ids.traceId,
    spanId: partSpanId(ids.traceId, semconv.SPAN_TURN, turn.id, turn.uid, latest.uid),
    parentId: ids.spanId,
    startMs: turn.fromMs,
    endMs: latest.atMs,
    failure: undefined,
    attributes,
    links: turn.madeIn ? [turn.madeIn] : [],
  }
}

function partAttributes(goal: GoalSnapshot, sessionId: string | undefined, kind: string): GoalAttributes {
  return {
    [semconv.ATTR_GEN_AI_CONVERSATION_ID]: goal.threadId,
    [semconv.ATTR_SESSION_ID]: sessionId ?? goal.threadId,
    [semconv.ATTR_AGENT_GOAL_ID]: goal.goalId,
    [semconv.ATTR_OPENINFERENCE_SPAN_KIND]: kind,
  }
}

/** The amount since; undefined where it is not known, and where the agent has begun to count again. */
function since(now: number | undefined, before: number | undefined): number | undefined {
  return now === undefined || before === undefined || now < before ? undefined : now - before
}

function addSpent(attributes: GoalAttributes, { tokenBudget }: GoalSnapshot, tokens?: number, seconds?: number): void {
  if (tokens !== undefined) attributes[semconv.ATTR_AGENT_GOAL_SPENT_TOKENS] = tokens
  if (seconds !== undefined) attributes[semconv.ATTR_AGENT_GOAL_SPENT_DURATION] = seconds
  if (tokens !== undefined && tokenBudget) attributes[semconv.ATTR_AGENT_GOAL_SPENT_BUDGET_SHARE] = tokens / tokenBudget
}
