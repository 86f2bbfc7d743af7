import type { ChangeSource, GoalContext } from './goal-context.ts'
import type { GoalEvent } from './goal-event.ts'
import * as semconv from './semconv.ts'

export type GoalAttributes = Record<string, string | number | boolean>

/** What is known of a change: the attributes of its span, and of its log record too. What is not known is absent. */
export function goalAttributes(event: GoalEvent, context: GoalContext): GoalAttributes {
  const { goal } = event
  const client = context.client ?? {}
  const attributes: GoalAttributes = {
    [semconv.ATTR_GEN_AI_CONVERSATION_ID]: goal.threadId,
    [semconv.ATTR_AGENT_GOAL_ID]: goal.goalId,
    [semconv.ATTR_AGENT_GOAL_STATUS]: goal.status,
  }
  const set = (name: string, value: string | number | boolean | null | undefined) => {
    if (value !== null && value !== undefined) attributes[name] = value
  }
  set(semconv.ATTR_AGENT_GOAL_PREVIOUS_STATUS, event.previousStatus)
  set(semconv.ATTR_AGENT_GOAL_PREVIOUS_ID, event.previousId)
  set(semconv.ATTR_SESSION_ID, context.sessionId)
  set(semconv.ATTR_AGENT_GOAL_TURN_ID, context.turnId)
  set(semconv.ATTR_AGENT_GOAL_TOKEN_BUDGET, goal.tokenBudget)
  set(semconv.ATTR_AGENT_GOAL_USAGE_TOKENS, goal.tokensUsed)
  set(semconv.ATTR_AGENT_GOAL_USAGE_DURATION, goal.timeUsedSeconds)
  set(semconv.ATTR_AGENT_GOAL_OBJECTIVE_LENGTH, goal.objectiveLength)
  set(semconv.ATTR_AGENT_GOAL_OBJECTIVE, goal.objective)
  set(semconv.ATTR_GEN_AI_REQUEST_MODEL, goal.model)
  set(semconv.ATTR_AGENT_GOAL_STATUS_REASON, goal.reason)
  set(semconv.ATTR_AGENT_GOAL_CLIENT_ID, client.id)
  set(semconv.ATTR_AGENT_GOAL_CLIENT_RPC_TRANSPORT, client.rpcTransport)
  set(semconv.ATTR_AGENT_GOAL_CLIENT_NAME, client.name)
  set(semconv.ATTR_AGENT_GOAL_CLIENT_VERSION, client.version)
  set(semconv.ATTR_AGENT_GOAL_CLIENT_EXPERIMENTAL_API, client.experimentalApi)
  set(semconv.ATTR_AGENT_GOAL_THREAD_SOURCE, context.threadSource)
  set(semconv.ATTR_AGENT_GOAL_THREAD_SUBAGENT_SOURCE, context.subagentSource)
  set(semconv.ATTR_AGENT_GOAL_THREAD_PARENT_ID, context.parentThreadId)
  return attributes
}

/**
 * The attributes of an event's log record: what is known, and what a payload cannot do without, by default, here at the
 * source, where it is known to be one. A span, of which no payload is made, goes without: a quarter less to send.
 */
export function recordAttributes(
  { goal }: GoalEvent,
  known: GoalAttributes,
  service: string,
  source: ChangeSource = semconv.AGENT_GOAL_SOURCE_VALUE_REPORTED,
): GoalAttributes {
  const attributes = { ...known }
  attributes[semconv.ATTR_SESSION_ID] ??= goal.threadId
  attributes[semconv.ATTR_AGENT_GOAL_CLIENT_ID] ??= service
  attributes[semconv.ATTR_AGENT_GOAL_CLIENT_RPC_TRANSPORT] ??= semconv.AGENT_GOAL_CLIENT_RPC_TRANSPORT_VALUE_IN_PROCESS
  attributes[semconv.ATTR_AGENT_GOAL_SOURCE] = source
  if (goal.tokenBudget !== undefined) attributes[semconv.ATTR_AGENT_GOAL_HAS_TOKEN_BUDGET] = goal.tokenBudget !== null
  return attributes
}
