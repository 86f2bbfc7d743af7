import type { ReceivedEvent, ReceivedSpan } from '../../src/backend/store/received-records.ts'

/** Rows as they are stored, without the requests that bring them. */

export function storedEvent(fields: Partial<ReceivedEvent>): ReceivedEvent {
  return {
    uid: 'uid',
    occurredAtNs: 1_790_000_000_000_000_000n,
    threadId: 'thread-1',
    sessionId: 'session-1',
    goalId: 'goal-1',
    turnId: null,
    kind: 'usage_accounted',
    status: 'active',
    hasTokenBudget: false,
    tokenBudget: null,
    tokensUsed: 1200,
    timeUsedSeconds: 34,
    objective: null,
    model: null,
    reason: null,
    previousGoalId: null,
    serviceName: 'agent',
    traceId: null,
    spanId: null,
    payload: '{}',
    attributes: null,
    resource: null,
    ...fields,
  }
}

export function storedSpan(fields: Partial<ReceivedSpan>): ReceivedSpan {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: null,
    name: 'set_goal_status',
    kind: 1,
    startedAtNs: 1_790_000_000_000_000_000n,
    durationNs: 1000n,
    statusCode: 0,
    statusMessage: null,
    serviceName: 'agent',
    attributes: '{}',
    ...fields,
  }
}
