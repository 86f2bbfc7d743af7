import { StacklessError } from '../base/stackless-error.ts'
import { GOAL_STATUSES } from '../goal/goal.ts'
import { presentValue } from '../otlp/present-value.ts'
import { isTooLarge } from '../otlp/record-size.ts'
import type { AnyValue, KeyValue } from '../otlp/values.ts'
import { type CodexEventKind, codexEventKind } from './codex-event-kind.ts'

/**
 * The analytics payload that Codex posts, from an `agent_goal.*` log record in OTLP's JSON form. collector/config.yaml
 * does the same in OTTL; both read AnyValues, so that an integer and a double of the same value stay apart in both.
 */
export interface CodexGoalEvent {
  readonly event_type: 'codex_goal_event'
  readonly event_params: {
    readonly thread_id: string
    readonly session_id: string
    readonly turn_id: string | null
    readonly app_server_client: {
      readonly product_client_id: string
      readonly client_name: string | null
      readonly client_version: string | null
      readonly rpc_transport: string
      readonly experimental_api_enabled: boolean | null
    }
    readonly runtime: {
      readonly codex_rs_version: string
      readonly runtime_os: string
      readonly runtime_os_version: string
      readonly runtime_arch: string
    }
    readonly thread_source: string | null
    readonly subagent_source: string | null
    readonly parent_thread_id: string | null
    readonly goal_id: string
    readonly event_kind: CodexEventKind
    readonly goal_status: string
    readonly has_token_budget: boolean
    /** A bigint only beyond the safe integers. */
    readonly cumulative_tokens_accounted: number | bigint | null
    readonly cumulative_time_accounted_seconds: number | bigint | null
  }
}

/** Thrown where a record cannot become a payload; the message is the name of the first thing that is wrong with it. */
export class NotAGoalEvent extends StacklessError {
  override readonly name = 'NotAGoalEvent'
}

// Maps, because an object would also know `constructor`, which a resource may say as well as anything.
const ARCHITECTURES = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
])
const SYSTEMS = new Map([['darwin', 'macos']])

/**
 * @param runtime codexRuntime(resource), for a caller with many records of one resource.
 * @throws {NotAGoalEvent} naming the event or attribute that is missing or of another type; attributes are checked in
 * the order of the payload, and at last the `size` of all.
 */
export function codexGoalEvent(
  eventName: string,
  attributes: readonly KeyValue[],
  resource: readonly KeyValue[],
  runtime: Runtime | NotAGoalEvent = codexRuntime(resource),
): CodexGoalEvent {
  const kind = codexEventKind(eventName)
  if (!kind) throw new NotAGoalEvent('event name')
  const usage = kind === 'usage_accounted'
  const payload: CodexGoalEvent = {
    event_type: 'codex_goal_event',
    event_params: {
      thread_id: string(attributes, 'gen_ai.conversation.id'),
      session_id: string(attributes, 'session.id'),
      turn_id: optionalString(attributes, 'agent_goal.turn.id'),
      app_server_client: {
        product_client_id: string(attributes, 'agent_goal.client.id'),
        client_name: optionalString(attributes, 'agent_goal.client.name'),
        client_version: optionalString(attributes, 'agent_goal.client.version'),
        rpc_transport: string(attributes, 'agent_goal.client.rpc_transport'),
        experimental_api_enabled: optionalBoolean(attributes, 'agent_goal.client.experimental_api'),
      },
      runtime: valid(runtime),
      thread_source: optionalString(attributes, 'agent_goal.thread.source'),
      subagent_source: optionalString(attributes, 'agent_goal.thread.subagent_source'),
      parent_thread_id: optionalString(attributes, 'agent_goal.thread.parent_id'),
      goal_id: string(attributes, 'agent_goal.id'),
      event_kind: kind,
      goal_status: oneOf(attributes, 'agent_goal.status', GOAL_STATUSES),
      has_token_budget: optionalBoolean(attributes, 'agent_goal.has_token_budget') ?? false,
      cumulative_tokens_accounted: usage ? optionalWhole(attributes, 'agent_goal.usage.tokens') : null,
      cumulative_time_accounted_seconds: usage ? optionalWhole(attributes, 'agent_goal.usage.duration') : null,
    },
  }
  if (isTooLarge(attributes, resource)) throw new NotAGoalEvent('size')
  return payload
}

export type Runtime = CodexGoalEvent['event_params']['runtime']

/** The part of a payload that comes from the resource, or what is wrong with it, which codexGoalEvent throws in its turn. */
export function codexRuntime(resource: readonly KeyValue[]): Runtime | NotAGoalEvent {
  try {
    return {
      codex_rs_version: string(resource, 'service.version'),
      runtime_os: renamed(string(resource, 'os.type'), SYSTEMS),
      runtime_os_version: string(resource, 'os.version'),
      runtime_arch: renamed(string(resource, 'host.arch'), ARCHITECTURES),
    }
  } catch (error) {
    if (error instanceof NotAGoalEvent) return error
    throw error
  }
}

function valid(runtime: Runtime | NotAGoalEvent): Runtime {
  if (runtime instanceof NotAGoalEvent) throw runtime
  return runtime
}

function renamed(name: string, names: ReadonlyMap<string, string>): string {
  return names.get(name) ?? name
}

function refuse(name: string): never {
  throw new NotAGoalEvent(name)
}

function string(attributes: readonly KeyValue[], name: string): string {
  return text(presentValue(attributes, name)) || refuse(name)
}

function oneOf(attributes: readonly KeyValue[], name: string, allowed: readonly string[]): string {
  const value = string(attributes, name)
  return allowed.includes(value) ? value : refuse(name)
}

function optionalString(attributes: readonly KeyValue[], name: string): string | null {
  const value = presentValue(attributes, name)
  return value === undefined ? null : (text(value) ?? refuse(name))
}

function optionalBoolean(attributes: readonly KeyValue[], name: string): boolean | null {
  const value = presentValue(attributes, name)
  return value === undefined ? null : typeof value.boolValue === 'boolean' ? value.boolValue : refuse(name)
}

/** Codex's are whole numbers: of a double what stands before the point. */
function optionalWhole(attributes: readonly KeyValue[], name: string): number | bigint | null {
  const value = presentValue(attributes, name)
  return value === undefined ? null : (integer(value.intValue) ?? whole(value.doubleValue) ?? refuse(name))
}

/** Records come from anywhere: what their types say is checked, and nothing checks it again. */
function text(value: AnyValue | undefined): string | undefined {
  return typeof value?.stringValue === 'string' ? value.stringValue : undefined
}

/** undefined for anything but a 64-bit integer, such as the digits of a larger one. */
function integer(value: string | number | undefined): number | bigint | undefined {
  if (value === undefined || !/^-?\d{1,19}$/.test(`${value}`)) return undefined
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(value)
  return BigInt.asIntN(64, exact) === exact ? exact : undefined
}

/** undefined for a value that a 64-bit integer cannot hold. */
function whole(value: string | number | undefined): number | bigint | undefined {
  if (value === undefined || value === '') return undefined
  const number = Math.trunc(Number(value))
  if (!(number >= -(2 ** 63) && number < 2 ** 63)) return undefined
  // Never -0.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(number)
}
