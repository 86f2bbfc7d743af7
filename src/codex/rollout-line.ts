import { name, object, word } from './known-text.ts'
import { type ProtocolGoal, protocolGoal } from './protocol-goal.ts'

/**
 * What is kept of a line of a rollout file, `sessions/YYYY/MM/DD/rollout-*.jsonl`. A rollout holds the whole
 * conversation: prompts, answers, arguments and objectives end here, and so does what other tools return.
 */
export type RolloutLine = { readonly atMs: number } & (
  | ({ readonly kind: 'thread' } & ThreadMeta)
  | { readonly kind: 'turn started'; readonly turnId: string; readonly trigger: string | null }
  | { readonly kind: 'turn model'; readonly turnId: string; readonly model: string }
  | { readonly kind: 'turn ended'; readonly turnId: string; readonly end: TurnEnd; readonly error: string | null }
  | { readonly kind: 'usage'; readonly turnId: string; readonly usage: TurnUsage }
  /** Of all requests of the thread; a version that does not say a turn's says this. */
  | { readonly kind: 'total'; readonly usage: TurnUsage }
  | { readonly kind: 'tool called'; readonly callId: string; readonly tool: GoalTool }
  | { readonly kind: 'tool returned'; readonly callId: string; readonly goal: ProtocolGoal | undefined }
  /** A client has set the goal: Codex writes it for no other change. */
  | { readonly kind: 'goal set'; readonly goal: ProtocolGoal }
  | { readonly kind: 'other' }
)

export interface ThreadMeta {
  readonly threadId: string
  readonly sessionId: string | undefined
  readonly parentThreadId: string | null
  readonly forkedFromId: string | null
  readonly originator: string | undefined
  readonly version: string | undefined
  readonly threadSource: string | null
  readonly subagentSource: string | null
}

export type TurnEnd = 'completed' | 'interrupted' | 'failed'

/** Tokens of requests so far. */
export interface TurnUsage {
  readonly input: number
  readonly cached: number
  readonly output: number
}

export type GoalTool = 'create_goal' | 'update_goal'

type Json = Readonly<Record<string, unknown>>

/** How Codex begins a line. What it says of what is skipped spares a parse: most of a rollout is messages and outputs. */
const HEAD = /^\{"timestamp":"([^"]{1,40})",(?:"ordinal":\d+,)?"type":"(\w+)","payload":\{(?:"type":"(\w+)")?/

const READ: ReadonlySet<string> = new Set([
  ...['session_meta', 'turn_context', 'token_usage_record', 'task_started', 'turn_started', 'task_complete'],
  ...['turn_complete', 'turn_aborted', 'thread_goal_updated', 'token_count', 'function_call', 'function_call_output'],
])

/** @returns undefined for what is not a line of a rollout, such as the first half of one that is being written. */
export function readRolloutLine(text: string): RolloutLine | undefined {
  const [, time = '', type, of] = HEAD.exec(text) ?? []
  const kind = kindOf(type, of)
  if (kind !== undefined && !READ.has(kind)) return at(time, { kind: 'other' })
  let line: Json
  try {
    line = object(JSON.parse(text))
  } catch {
    return undefined
  }
  return at(line.timestamp, read(line.type, object(line.payload)))
}

function read(type: unknown, payload: Json): Untimed<RolloutLine> {
  switch (kindOf(type, payload.type)) {
    case 'session_meta':
      return thread(payload)
    case 'task_started':
    case 'turn_started':
      return ofTurn(payload, (turnId) => ({
        kind: 'turn started',
        turnId,
        trigger: word(object(payload.turn_attribution).turn_trigger),
      }))
    case 'turn_context':
      return ofTurn(payload, (turnId) => ({ kind: 'turn model', turnId, model: name(payload.model) ?? 'unknown' }))
    case 'task_complete':
    case 'turn_complete':
      return ofTurn(payload, (turnId) => {
        const error = payload.error == null ? null : (errorOf(payload.error) ?? 'other')
        return { kind: 'turn ended', turnId, end: error === null ? 'completed' : 'failed', error }
      })
    case 'turn_aborted':
      return ofTurn(payload, (turnId) => ({ kind: 'turn ended', turnId, end: 'interrupted', error: null }))
    case 'token_usage_record':
      return ofTurn(payload, (turnId) => ({ kind: 'usage', turnId, usage: usage(object(payload.turn_token_usage)) }))
    case 'token_count': {
      const total = object(object(payload.info).total_token_usage)
      return total.input_tokens === undefined ? { kind: 'other' } : { kind: 'total', usage: usage(total) }
    }
    case 'function_call': {
      const { name: tool, call_id } = payload
      if ((tool !== 'create_goal' && tool !== 'update_goal') || typeof call_id !== 'string') return { kind: 'other' }
      return { kind: 'tool called', callId: call_id, tool }
    }
    case 'function_call_output':
      if (typeof payload.call_id !== 'string') return { kind: 'other' }
      return { kind: 'tool returned', callId: payload.call_id, goal: returnedGoal(payload.output) }
    case 'thread_goal_updated': {
      const goal = protocolGoal(payload.goal)
      return goal === undefined ? { kind: 'other' } : { kind: 'goal set', goal }
    }
    default:
      return { kind: 'other' }
  }
}

function kindOf<T>(type: T, ofPayload: T): T {
  return type === 'event_msg' || type === 'response_item' ? ofPayload : type
}

function thread(payload: Json): Untimed<RolloutLine> {
  const threadId = name(payload.id)
  if (threadId === undefined) return { kind: 'other' }
  return {
    kind: 'thread',
    threadId,
    sessionId: name(payload.session_id),
    parentThreadId: name(payload.parent_thread_id) ?? spawnedBy(payload.source) ?? null,
    forkedFromId: name(payload.forked_from_id) ?? null,
    originator: name(payload.originator),
    version: name(payload.cli_version),
    threadSource: name(payload.thread_source) ?? null,
    subagentSource: subagentSource(payload.source) ?? null,
  }
}

/** `{"subagent":"review"}`, `{"subagent":{"thread_spawn":{…}}}`, `{"subagent":{"other":"a name"}}`. */
export function subagentSource(source: unknown): string | undefined {
  const { subagent, subAgent = subagent } = object(source)
  if (typeof subAgent === 'string') return name(subAgent)
  const [[kind, value] = []] = Object.entries(object(subAgent))
  return kind === 'other' ? name(value) : name(kind)
}

function spawnedBy(source: unknown): string | undefined {
  return name(object(object(object(source).subagent).thread_spawn).parent_thread_id)
}

function usage({ input_tokens, cached_input_tokens, output_tokens }: Json): TurnUsage {
  return { input: count(input_tokens), cached: count(cached_input_tokens), output: count(output_tokens) }
}

/** A goal tool returns JSON as text. Any tool may return a text that looks so: who asks for it knows the call. */
function returnedGoal(output: unknown): ProtocolGoal | undefined {
  if (typeof output !== 'string' || !output.startsWith('{"goal":')) return undefined
  try {
    return protocolGoal(object(JSON.parse(output)).goal)
  } catch {
    return undefined
  }
}

/** Codex's word for what went wrong: `"usage_limit_exceeded"`, or the key of `{"http_connection_failed":{…}}`. */
function errorOf(error: unknown): string | null {
  const { codex_error_info: info } = object(error)
  return typeof info === 'string' ? word(info) : word(Object.keys(object(info))[0])
}

function ofTurn(payload: Json, of: (turnId: string) => Untimed<RolloutLine>): Untimed<RolloutLine> {
  const turnId = name(payload.turn_id)
  return turnId === undefined ? { kind: 'other' } : of(turnId)
}

function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : 0
}

type Untimed<T> = T extends unknown ? Omit<T, 'atMs'> : never

function at(timestamp: unknown, line: Untimed<RolloutLine>): RolloutLine | undefined {
  const atMs = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(atMs) ? undefined : ({ ...line, atMs } as RolloutLine)
}
