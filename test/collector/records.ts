import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'
import type { AnyValue, KeyValue } from '../../src/otlp/values.ts'

/** A goal event as a sender has it. */
export interface GoalRecord {
  readonly eventName: string
  readonly attributes: readonly KeyValue[]
  readonly resource: readonly KeyValue[]
}

/** A log record as OTLP's JSON has it. */
export interface LogRecord {
  readonly eventName?: string
  readonly timeUnixNano?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly attributes?: readonly KeyValue[]
  readonly body?: AnyValue
}

interface LogsRequest {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] }
    readonly scopeLogs?: readonly { readonly logRecords?: readonly LogRecord[] }[]
  }[]
}

export const UID = 'log.record.uid'

/** With the uid by which it is recognized. */
export function withUid(record: GoalRecord, uid: string): GoalRecord {
  return { ...record, attributes: [...record.attributes, { key: UID, value: { stringValue: uid } }] }
}

/** With this value instead of another. */
export function withAttribute(record: GoalRecord, key: string, value: AnyValue): GoalRecord {
  return { ...record, attributes: [...record.attributes.filter((one) => one.key !== key), { key, value }] }
}

/** One request of these records, each with the uid by which it is recognized. */
export function logsRequest(records: readonly (GoalRecord & { readonly uid: string })[]): LogsRequest {
  return {
    resourceLogs: records.map(({ uid, ...record }) => ({
      resource: { attributes: record.resource },
      scopeLogs: [
        {
          logRecords: [
            {
              eventName: record.eventName,
              timeUnixNano: '1795000000123456789',
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              attributes: withUid(record, uid).attributes,
            },
          ],
        },
      ],
    })),
  }
}

/** One request of the records of these resources, by scope, each record with a uid. */
export function requestOf(
  resources: readonly {
    readonly resource: readonly KeyValue[]
    readonly scopes: readonly (readonly Omit<GoalRecord, 'resource'>[])[]
  }[],
): LogsRequest {
  return {
    resourceLogs: resources.map(({ resource, scopes }, of) => ({
      resource: { attributes: resource },
      scopeLogs: scopes.map((records, scope) => ({
        scope: { name: `scope ${scope}` },
        logRecords: records.map(({ eventName, attributes }, at) => ({
          eventName,
          attributes: [...attributes, { key: UID, value: { stringValue: `${of} ${scope} ${at}` } }],
        })),
      })),
    })),
  }
}

export function recordsOf(request: unknown): (LogRecord & { readonly resource: readonly KeyValue[] })[] {
  return ((request as LogsRequest).resourceLogs ?? []).flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map((record) => ({ ...record, resource: resource?.attributes ?? [] })),
    ),
  )
}

export function uidsOf(requests: readonly unknown[]): Set<string | undefined> {
  return new Set(requests.flatMap(recordsOf).map((record) => attribute(record, UID)))
}

export function attribute(record: LogRecord, key: string): string | undefined {
  return record.attributes?.find((one) => one.key === key)?.value?.stringValue
}

/** The value itself; integers as bigints, so that no digit is lost and no double looks like an integer. */
export function plain(value: AnyValue | undefined): unknown {
  if (value?.kvlistValue) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map((one) => [one.key, plain(one.value)]))
  }
  if (value?.intValue !== undefined) return BigInt(value.intValue)
  if (value?.bytesValue !== undefined) return { bytes: value.bytesValue }
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue ?? null
}

/** A payload in the same form. */
export function exact(payload: unknown): unknown {
  if (Number.isInteger(payload)) return BigInt(payload as number)
  if (typeof payload !== 'object' || payload === null) return payload
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, exact(value)]))
}

/** The events of all recordings as the log records that become them, with attributes that are not for the payload. */
export function recordings(): {
  readonly name: string
  readonly golden: CodexGoalEvent
  readonly record: GoalRecord
}[] {
  const folder = join(import.meta.dirname, '../recordings/golden')
  return readdirSync(folder).flatMap((name) => {
    const events: CodexGoalEvent[] = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return events.map(({ event_type, event_params }) => ({
      name,
      golden: { event_type, event_params },
      record: goalRecord(event_params),
    }))
  })
}

function goalRecord(params: CodexGoalEvent['event_params']): GoalRecord {
  const { app_server_client: client, runtime } = params
  const usage = params.event_kind === 'usage_accounted'
  return {
    eventName: `agent_goal.${params.event_kind}`,
    attributes: attributes({
      'gen_ai.conversation.id': params.thread_id,
      'session.id': params.session_id,
      'agent_goal.turn.id': params.turn_id,
      'agent_goal.client.id': client.product_client_id,
      'agent_goal.client.name': client.client_name,
      'agent_goal.client.version': client.client_version,
      'agent_goal.client.rpc_transport': client.rpc_transport,
      'agent_goal.client.experimental_api': client.experimental_api_enabled,
      'agent_goal.thread.source': params.thread_source,
      'agent_goal.thread.subagent_source': params.subagent_source,
      'agent_goal.thread.parent_id': params.parent_thread_id,
      'agent_goal.id': params.goal_id,
      'agent_goal.status': params.goal_status,
      'agent_goal.has_token_budget': params.has_token_budget || null,
      // They are on every event and belong in the payload of one kind.
      'agent_goal.usage.tokens': usage ? params.cumulative_tokens_accounted : 4242,
      'agent_goal.usage.duration': usage ? params.cumulative_time_accounted_seconds : 42,
      'agent_goal.objective_length': 17,
      'agent_goal.source': 'reported',
    }),
    resource: attributes({
      'service.name': 'an-agent',
      'service.version': runtime.codex_rs_version,
      'os.type': runtime.runtime_os === 'macos' ? 'darwin' : runtime.runtime_os,
      'os.version': runtime.runtime_os_version,
      'host.arch': runtime.runtime_arch === 'x86_64' ? 'amd64' : 'arm64',
    }),
  }
}

function attributes(values: Record<string, string | number | bigint | boolean | null>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [{ key, value: anyValue(value) }]))
}

function anyValue(value: string | number | bigint | boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) }
}
