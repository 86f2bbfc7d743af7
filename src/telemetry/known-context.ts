import { type Context, propagation, trace } from '@opentelemetry/api'
import { reason, warnOnce } from '../base/diagnose.ts'
import type { GoalContext } from '../event/goal-context.ts'
import { ATTR_AGENT_GOAL_TURN_ID, ATTR_GEN_AI_CONVERSATION_ID, ATTR_SESSION_ID } from '../event/semconv.ts'
import { activeGoalContext } from './goal-context.ts'

// Asked again in the same turn, ambientContext returns the same object, whose JSON is known already.
let ambient: GoalContext | undefined
let joined: { of: GoalContext; and: GoalContext; is: GoalContext } | undefined

/**
 * What is known of who makes a change, each part from the first that knows it: withGoalContext, what the agent resolves for
 * the thread, OpenTelemetry's baggage, the active span.
 */
export function knownContext(around: Context, resolved: GoalContext | undefined): GoalContext | undefined {
  const active = activeGoalContext()
  const found = ambientContext(around)
  if (resolved) return join(join(found ?? {}, resolved), active ?? {})
  if (!active || !found) return active ?? found
  if (joined?.of !== found || joined.and !== active) joined = { of: found, and: active, is: join(found, active) }
  return joined.is
}

/** What the second does not know stays as the first has it. */
function join(first: GoalContext, second: GoalContext): GoalContext {
  return { ...first, ...Object.fromEntries(Object.entries(second).filter(([, value]) => value !== undefined)) }
}

/** Session and turn as they are known without calling goaltrace, as a GenAI instrumentation sets them. */
function ambientContext(around: Context): GoalContext | undefined {
  const baggage = propagation.getBaggage(around)
  try {
    // No part of the API, but every SDK's spans have them, of the lines 1 to 3.
    const span = trace.getSpan(around) as { readonly attributes?: Readonly<Record<string, unknown>> } | undefined
    const attributes = span?.attributes
    if (baggage === undefined && attributes === undefined) return undefined
    const known = (name: string) => named(baggage?.getEntry(name)?.value) ?? named(attributes?.[name])
    const sessionId = known(ATTR_SESSION_ID) ?? named(attributes?.[ATTR_GEN_AI_CONVERSATION_ID])
    const turnId = known(ATTR_AGENT_GOAL_TURN_ID)
    if (sessionId === undefined && turnId === undefined) return undefined
    if (ambient?.sessionId !== sessionId || ambient?.turnId !== turnId) ambient = { sessionId, turnId }
    return ambient
  } catch (error) {
    warnOnce('ambient', `session and turn are not taken from baggage and span, because that failed: ${reason(error)}`)
    return undefined
  }
}

function named(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
