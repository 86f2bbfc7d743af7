import type { GoalContext } from './goal-context.ts'
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
  const tell = (name: string, value: string | number | boolean | null | undefined) => {
    if (value !== null && value !== undefined) attributes[name] = value
  }
  tell(semconv.ATTR_AGENT_GOAL_PREVIOUS_STATUS, event.previousStatus)
  tell(semconv.ATTR_AGENT_GOAL_PREVIOUS_ID, event.previousId)
  tell(semconv.ATTR_SESSION_ID, context.sessionId)
  tell(semconv.ATTR_AGENT_GOAL_TURN_ID, context.turnId)
  tell(semconv.ATTR_AGENT_GOAL_TOKEN_BUDGET, goal.tokenBudget)
  tell(semconv.ATTR_AGENT_GOAL_USAGE_TOKENS, goal.tokensUsed)
  tell(semconv.ATTR_AGENT_GOAL_USAGE_DURATION, goal.timeUsedSeconds)
  tell(semconv.ATTR_AGENT_GOAL_OBJECTIVE_LENGTH, goal.objectiveLength)
  tell(semconv.ATTR_AGENT_GOAL_OBJECTIVE, goal.objective)
  tell(semconv.ATTR_GEN_AI_REQUEST_MODEL, goal.model)
  tell(semconv.ATTR_AGENT_GOAL_CLIENT_ID, client.id)
  tell(semconv.ATTR_AGENT_GOAL_CLIENT_RPC_TRANSPORT, client.rpcTransport)
  tell(semconv.ATTR_AGENT_GOAL_CLIENT_NAME, client.name)
  tell(semconv.ATTR_AGENT_GOAL_CLIENT_VERSION, client.version)
  tell(semconv.ATTR_AGENT_GOAL_CLIENT_EXPERIMENTAL_API, client.experimentalApi)
  tell(semconv.ATTR_AGENT_GOAL_THREAD_SOURCE, context.threadSource)
  tell(semconv.ATTR_AGENT_GOAL_THREAD_SUBAGENT_SOURCE, context.subagentSource)
  tell(semconv.ATTR_AGENT_GOAL_THREAD_PARENT_ID, context.parentThreadId)
  return attributes
}

/**
 * The attributes of an event's log record: what is known, and what a payload cannot do without, by default, here at the
 * source, where it is known to be one. A span, of which no payload is made, goes without: a quarter less to send.
 */
export function recordAttributes({ goal }: GoalEvent, known: GoalAttributes, service: string): GoalAttributes {
  const attributes = { ...known }
  attributes[semconv.ATTR_SESSION_ID] ??= goal.threadId
  attributes[semconv.ATTR_AGENT_GOAL_CLIENT_ID] ??= service
  attributes[semconv.ATTR_AGENT_GOAL_CLIENT_RPC_TRANSPORT] ??= semconv.AGENT_GOAL_CLIENT_RPC_TRANSPORT_VALUE_IN_PROCESS
  attributes[semconv.ATTR_AGENT_GOAL_SOURCE] = semconv.AGENT_GOAL_SOURCE_VALUE_REPORTED
  if (goal.tokenBudget !== undefined) attributes[semconv.ATTR_AGENT_GOAL_HAS_TOKEN_BUDGET] = goal.tokenBudget !== null
  return attributes
}
