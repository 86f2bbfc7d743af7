import type { CodexGoalEvent } from '../event/codex-goal-event.ts'
import { GOAL_EVENT_KINDS } from '../event/goal-event.ts'
import { GOAL_STATUSES } from '../goal/goal.ts'
import { isInteger64 } from './any-value.ts'
import { isObject, type JsonObject } from './json.ts'
import { Malformed } from './malformed.ts'

type Test = (value: unknown) => boolean
interface Shape {
  readonly [key: string]: Test | Shape
}

const text: Test = (value) => typeof value === 'string'
/**
 * Keys of a goal: an unpaired surrogate is no UTF-8, SQLite would store U+FFFD for each of them and two keys would be one.
 */
const key: Test = (value) => typeof value === 'string' && isKey(value)
const flag: Test = (value) => typeof value === 'boolean'
const oneOf =
  (allowed: readonly string[]): Test =>
  (value) =>
    (allowed as readonly unknown[]).includes(value)
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value)

/** Codex's 14 parameters in Codex's order. */
const SHAPE: Shape = {
  event_type: oneOf(['codex_goal_event']),
  event_params: {
    thread_id: key,
    session_id: text,
    turn_id: orNull(text),
    app_server_client: {
      product_client_id: text,
      client_name: orNull(text),
      client_version: orNull(text),
      rpc_transport: text,
      experimental_api_enabled: orNull(flag),
    },
    runtime: { codex_rs_version: text, runtime_os: text, runtime_os_version: text, runtime_arch: text },
    thread_source: orNull(text),
    subagent_source: orNull(text),
    parent_thread_id: orNull(text),
    goal_id: key,
    event_kind: oneOf(GOAL_EVENT_KINDS),
    goal_status: oneOf(GOAL_STATUSES),
    has_token_budget: flag,
    cumulative_tokens_accounted: orNull(isInteger64),
    cumulative_time_accounted_seconds: orNull(isInteger64),
  },
}

export function isKey(value: string): boolean {
  return value !== '' && !/\p{Surrogate}/u.test(value)
}

/**
 * The payload with its keys in Codex's order (a Collector's maps have none) and an absent nullable one as null. What a
 * newer Codex adds is kept, behind the known keys.
 * @throws {Malformed} naming the first parameter that is missing or of another type.
 */
export function goalPayload(value: unknown): CodexGoalEvent {
  return ordered(SHAPE, value, '') as unknown as CodexGoalEvent
}

function ordered(shape: Shape, value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new Malformed(place || 'the event')
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, expected] of Object.entries(shape)) {
    const here = place ? `${place}.${name}` : name
    const member = Object.hasOwn(value, name) ? (value[name] ?? null) : null
    if (typeof expected !== 'function') object[name] = ordered(expected, member, here)
    else if (expected(member)) object[name] = member
    else throw new Malformed(here)
  }
  for (const name of Object.keys(value)) if (!Object.hasOwn(shape, name)) object[name] = value[name]
  return object
}
