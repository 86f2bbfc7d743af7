import type { GoalHistory, SeedEvent } from './goal-histories.ts'
import { MODELS } from './objectives.ts'

/** Histories of goals as agents send them: OTLP's JSON form. */

type Value = string | number | boolean

interface Sent {
  readonly at: number
  readonly agent: string
}

/** Requests for POST /v1/logs, in the order of events, at most 500 of them each. */
export function logRequests(histories: readonly GoalHistory[]): object[] {
  const records = histories.flatMap((history) =>
    history.events.map((event, at) => ({ ...logRecord(history, event, at), agent: history.agent })),
  )
  return requests(records, 'resourceLogs', 'scopeLogs', 'logRecords')
}

/** Requests for POST /v1/traces. */
export function traceRequests(histories: readonly GoalHistory[]): object[] {
  const spans = histories.flatMap((history) => history.turns.flatMap((turn) => spansOf(history, turn)))
  return requests(spans, 'resourceSpans', 'scopeSpans', 'spans')
}

function logRecord(history: GoalHistory, event: SeedEvent, index: number) {
  const { thread, goal, objective, budget } = history
  const { kind, at, status, previous, reason, turn, tokens, seconds, spanId } = event
  const attributes = {
    'gen_ai.conversation.id': thread,
    'session.id': thread,
    'agent_goal.id': goal,
    'agent_goal.status': status,
    'agent_goal.client.id': history.agent,
    'agent_goal.client.rpc_transport': 'in_process',
    'agent_goal.source': 'reported',
    'agent_goal.has_token_budget': budget !== null,
    'agent_goal.usage.tokens': tokens,
    'agent_goal.usage.duration': seconds,
    'agent_goal.objective_length': objective.length,
    'agent_goal.objective': objective,
    ...(MODELS[history.agent] && { 'gen_ai.request.model': MODELS[history.agent] }),
    'log.record.uid': `${Math.round(at).toString(16).padStart(12, '0')}-${goal.slice(0, 8)}-${String(index).padStart(4, '0')}`,
    ...(budget !== null && { 'agent_goal.token_budget': budget }),
    ...(previous && { 'agent_goal.previous_status': previous }),
    ...(reason && { 'agent_goal.status_reason': reason }),
    ...(turn && { 'agent_goal.turn.id': turn.id }),
  }
  return {
    at,
    record: {
      eventName: `agent_goal.${kind}`,
      timeUnixNano: nanoseconds(at),
      severityNumber: 9,
      attributes: keyValues(attributes),
      ...(turn && { traceId: turn.traceId, spanId }),
    },
  }
}

function spansOf(history: GoalHistory, turn: GoalHistory['turns'][number]) {
  const common = { agent: history.agent, at: turn.from }
  const span = (
    spanId: string,
    parentSpanId: string | undefined,
    name: string,
    from: number,
    to: number,
    attributes: object,
  ) => ({
    ...common,
    record: {
      traceId: turn.traceId,
      spanId,
      ...(parentSpanId && { parentSpanId }),
      name,
      kind: 1,
      startTimeUnixNano: nanoseconds(from),
      endTimeUnixNano: nanoseconds(to),
      attributes: keyValues({ 'gen_ai.conversation.id': history.thread, ...attributes }),
      status: {},
    },
  })
  return [
    span(turn.spanId, undefined, `invoke_agent ${history.agent}`, turn.from, turn.to, {
      'agent_goal.turn.id': turn.id,
    }),
    ...turn.tools.map(({ name, spanId, from, to }) =>
      span(spanId, turn.spanId, `execute_tool ${name}`, from, to, { 'gen_ai.tool.name': name }),
    ),
    ...history.events
      .filter((event) => event.turn === turn)
      .map(({ kind, at, spanId }) => {
        const name = kind === 'usage_accounted' ? 'account_goal_usage' : 'set_goal_status'
        return span(spanId, turn.spanId, name, at - 2, at, { 'agent_goal.id': history.goal })
      }),
  ]
}

function requests<T extends Sent & { readonly record: object }>(
  all: T[],
  ofAll: string,
  scopes: string,
  records: string,
) {
  all.sort((a, b) => a.at - b.at)
  const made: object[] = []
  for (let from = 0; from < all.length; from += 500) {
    const some = all.slice(from, from + 500)
    made.push({
      [ofAll]: [...new Set(some.map(({ agent }) => agent))].map((agent) => ({
        resource: {
          attributes: keyValues({
            'service.name': agent,
            'service.version': '2.4.1',
            'os.type': 'linux',
            'os.version': '12',
            'host.arch': 'amd64',
          }),
        },
        [scopes]: [
          {
            scope: { name: 'goaltrace' },
            [records]: some.filter((sent) => sent.agent === agent).map(({ record }) => record),
          },
        ],
      })),
    })
  }
  return made
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n)
}

function keyValues(attributes: object): object[] {
  return Object.entries(attributes as Record<string, Value>).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { intValue: String(value) },
  }))
}
