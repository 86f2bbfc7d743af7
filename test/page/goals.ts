import { goalRecord, logs } from '../backend/goal-records.ts'

export interface GoalOf {
  readonly goal: string
  readonly thread?: string
  /** The goal that it says it has replaced. */
  readonly previous?: string
  readonly kind?: string
  readonly status?: string
  readonly tokens?: number
  readonly seconds?: number
  readonly budget?: number | null
  readonly objective?: string
  readonly turn?: string
  readonly model?: string
  /** Why it has its status. */
  readonly reason?: string
  readonly service?: string
  /** Milliseconds before now. */
  readonly ago?: number
}

/** An event as agents send it; what is not given is that of an active goal now. */
export function record(of: GoalOf): object {
  const {
    goal,
    thread = `thread of ${goal}`,
    kind = 'created',
    status = 'active',
    tokens = 0,
    seconds = 0,
    ago = 0,
  } = of
  const budget = of.budget ?? undefined
  return goalRecord(
    {
      'agent_goal.id': goal,
      'gen_ai.conversation.id': thread,
      'session.id': thread,
      'agent_goal.previous_id': of.previous,
      'agent_goal.status': status,
      'agent_goal.usage.tokens': tokens,
      'agent_goal.usage.duration': seconds,
      'agent_goal.has_token_budget': budget !== undefined,
      'agent_goal.token_budget': budget,
      'agent_goal.objective': of.objective,
      'agent_goal.turn.id': of.turn,
      'gen_ai.request.model': of.model,
      'agent_goal.status_reason': of.reason,
    },
    { eventName: `agent_goal.${kind}`, timeUnixNano: String(BigInt(Date.now() - ago) * 1_000_000n) },
  )
}

export function sent(...goals: GoalOf[]): object {
  return logs(...goals.map(record))
}
