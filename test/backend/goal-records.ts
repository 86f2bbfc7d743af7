import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'

/** What agents and Collectors send, as they send it. */

type Attributes = Record<string, string | boolean | number | object | null>

export const RESOURCE: Attributes = {
  'service.name': 'agent',
  'service.version': '1.2.3',
  'os.type': 'linux',
  'os.version': '12.0.0',
  'host.arch': 'amd64',
}

export const ATTRIBUTES: Attributes = {
  'gen_ai.conversation.id': 'thread-1',
  'session.id': 'session-1',
  'agent_goal.turn.id': 'turn-1',
  'agent_goal.id': 'goal-1',
  'agent_goal.status': 'active',
  'agent_goal.has_token_budget': true,
  'agent_goal.token_budget': 5000,
  'agent_goal.usage.tokens': 1200,
  'agent_goal.usage.duration': 34,
  'agent_goal.client.id': 'agent',
  'agent_goal.client.rpc_transport': 'in_process',
}

/** A log record named `agent_goal.usage_accounted` unless the fields say otherwise; an undefined attribute is absent. */
export function goalRecord(attributes: Record<string, unknown> = {}, fields: object = {}): object {
  return {
    eventName: 'agent_goal.usage_accounted',
    timeUnixNano: '1790000000123456789',
    severityNumber: 9,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    attributes: keyValues({ ...ATTRIBUTES, ...attributes }),
    ...fields,
  }
}

export function logs(...logRecords: unknown[]): object {
  return { resourceLogs: [{ resource: { attributes: keyValues(RESOURCE) }, scopeLogs: [{ logRecords }] }] }
}

export function payload(params: object = {}): CodexGoalEvent {
  return {
    event_type: 'codex_goal_event',
    event_params: {
      thread_id: 'thread-1',
      session_id: 'session-1',
      turn_id: null,
      app_server_client: {
        product_client_id: 'agent',
        client_name: null,
        client_version: null,
        rpc_transport: 'stdio',
        experimental_api_enabled: null,
      },
      runtime: {
        codex_rs_version: '0.169.0',
        runtime_os: 'linux',
        runtime_os_version: '12.0.0',
        runtime_arch: 'x86_64',
      },
      thread_source: null,
      subagent_source: null,
      parent_thread_id: null,
      goal_id: 'goal-1',
      event_kind: 'usage_accounted',
      goal_status: 'active',
      has_token_budget: true,
      cumulative_tokens_accounted: 1200,
      cumulative_time_accounted_seconds: 34,
      ...params,
    },
  }
}

/** As a Collector sends a map: null is `{}`, an integer a decimal string, and no order of keys is promised. */
export function anyValue(value: unknown): object {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint' || Number.isInteger(value)) return { intValue: String(value) }
  if (typeof value === 'number') return { doubleValue: value }
  return { kvlistValue: { values: keyValues(value as object).reverse() } }
}

export function keyValues(object: object): { key: string; value: object }[] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value) }))
}
