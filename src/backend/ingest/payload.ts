import { CODEX_EVENT_KINDS } from '../../codex/codex-event-kind.ts'
import type { CodexGoalEvent } from '../../codex/codex-goal-event.ts'
import { GOAL_STATUSES } from '../../goal/goal.ts'
import { DEEPEST, isInteger64 } from '../../otlp/any-value.ts'
import { InvalidRecord } from '../../otlp/invalid-record.ts'
import { isObject, type JsonObject } from '../../otlp/json.ts'

type Test = (value: unknown) => boolean

/** Members in their order, as two lists of the same length, which are the fastest to walk. */
interface Shape {
  readonly names: readonly string[]
  readonly tests: readonly (Test | Shape)[]
}

function shape(members: Readonly<Record<string, Test | Shape>>): Shape {
  return { names: Object.keys(members), tests: Object.values(members) }
}

const text: Test = (value) => typeof value === 'string'
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
const PAYLOAD = shape({
  event_type: oneOf(['codex_goal_event']),
  event_params: shape({
    thread_id: text,
    session_id: text,
    turn_id: orNull(text),
    app_server_client: shape({
      product_client_id: text,
      client_name: orNull(text),
      client_version: orNull(text),
      rpc_transport: text,
      experimental_api_enabled: orNull(flag),
    }),
    runtime: shape({ codex_rs_version: text, runtime_os: text, runtime_os_version: text, runtime_arch: text }),
    thread_source: orNull(text),
    subagent_source: orNull(text),
    parent_thread_id: orNull(text),
    goal_id: text,
    event_kind: oneOf(CODEX_EVENT_KINDS),
    goal_status: oneOf(GOAL_STATUSES),
    has_token_budget: flag,
    cumulative_tokens_accounted: orNull(isInteger64),
    cumulative_time_accounted_seconds: orNull(isInteger64),
  }),
})

/**
 * The payload with its keys in Codex's order (a Collector's maps have none) and an absent nullable one as null. What a
 * newer Codex adds is kept, behind the known keys.
 * @throws {InvalidRecord} naming the parameters that are missing or of another type.
 */
export function goalPayload(value: unknown): CodexGoalEvent {
  if (fits(PAYLOAD, value)) return value as unknown as CodexGoalEvent
  const faults: string[] = []
  const payload = ordered(PAYLOAD, value, '', faults)
  if (faults.length > 0) throw new InvalidRecord(faults.join(', '))
  return payload as unknown as CodexGoalEvent
}

/** Whether it has Codex's keys in Codex's order, as nearly every payload has; then nothing has to be done. */
function fits({ names, tests }: Shape, value: unknown): boolean {
  if (!isObject(value)) return false
  let at = 0
  for (const name in value) {
    if (name !== names[at]) return false
    const test = tests[at++] as Test | Shape
    if (!(typeof test === 'function' ? test(value[name]) : fits(test, value[name]))) return false
  }
  return at === names.length
}

/** @param faults The places of what is wrong, which are added to it. */
function ordered({ names, tests }: Shape, value: unknown, place: string, faults: string[]): JsonObject {
  if (!isObject(value)) {
    faults.push(place || 'the event')
    return {}
  }
  const object: Record<string, unknown> = Object.create(null)
  for (const [at, name] of names.entries()) {
    const here = place ? `${place}.${name}` : name
    const member = Object.hasOwn(value, name) ? (value[name] ?? null) : null
    const test = tests[at] as Test | Shape
    if (typeof test !== 'function') object[name] = ordered(test, member, here, faults)
    else if (test(member)) object[name] = member
    else faults.push(here)
  }
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    if (isDeeper(value[name], DEEPEST))
      throw new InvalidRecord(`${place && `${place}.`}${name} is nested deeper than ${DEEPEST}`)
    object[name] = value[name]
  }
  return object
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1))
}
