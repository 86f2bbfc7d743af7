import { presentValue } from '../../otlp/present-value.ts'
import type { AnyValue, KeyValue } from '../../otlp/values.ts'
import { STATUS_UNKNOWN } from '../store/goal-state.ts'

/** The name that qwen-code gives the log records of its goals, in the attribute `event.name`. */
const GOAL_STATE = 'qwen-code.goal_state'

/** What happened to the goal, by the word of qwen-code; its figures are in every record but that of a cleared goal. */
const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['create', ['created']],
  ['replace', ['created']],
  ['edit', ['usage_accounted']],
  ['verifier_reject', ['usage_accounted']],
  ['pause', ['usage_accounted', 'status_changed']],
  ['complete', ['usage_accounted', 'status_changed']],
  ['blocked', ['usage_accounted', 'status_changed']],
  ['usage_limited', ['usage_accounted', 'status_changed']],
  ['resume', ['status_changed']],
  ['clear', ['cleared']],
])

/** Its budgets have no status of their own: a goal that spent one is `usage_limited`. */
const SPENT_BUDGETS = ['token_budget', 'turn_budget', 'time_budget']

/** What a payload needs and qwen-code's resource does not say. */
const UNKNOWN = ['os.type', 'os.version', 'host.arch']

/** A log record named `agent_goal.*`, as far as it is read. */
export interface GoalRecord {
  readonly eventName: string
  readonly attributes: readonly KeyValue[]
}

/** @param attributes Unchecked: nothing is asked of records that are not of a goal. */
export function isQwenGoalState(eventName: unknown, attributes: unknown): boolean {
  if (eventName === GOAL_STATE) return true
  if (!Array.isArray(attributes)) return false
  return attributes.find((one) => one?.key === 'event.name')?.value?.stringValue === GOAL_STATE
}

/**
 * The goal events that a log record of qwen-code stands for, usage before status; collector/config.yaml makes the same in
 * OTTL. A word that is not known gives an event of an unknown kind, which is refused.
 */
export function qwenGoalEvents(attributes: readonly KeyValue[]): GoalRecord[] {
  const cause = text(attributes, 'cause') ?? ''
  return (KINDS.get(cause) ?? ['unknown']).map((kind) => {
    const translated = translatedAttributes(attributes, cause, kind)
    const names = new Set(translated.map(({ key }) => key))
    return {
      eventName: `agent_goal.${kind}`,
      attributes: [...translated, ...attributes.filter(({ key }) => !names.has(key))],
    }
  })
}

/** With `unknown` where the machine is not described. */
export function qwenResource(resource: readonly KeyValue[]): readonly KeyValue[] {
  const missing = UNKNOWN.filter((name) => presentValue(resource, name) === undefined)
  const known = resource.filter(({ key }) => !missing.includes(key))
  return [...known, ...missing.map((key) => ({ key, value: { stringValue: 'unknown' } }))]
}

function translatedAttributes(attributes: readonly KeyValue[], cause: string, kind: string): KeyValue[] {
  const budget = presentValue(attributes, 'token_budget')
  const translated: [string, AnyValue | undefined][] = [
    ['log.record.uid', uid(attributes, cause, kind)],
    ['gen_ai.conversation.id', presentValue(attributes, 'session.id')],
    ['agent_goal.id', presentValue(attributes, 'goal_id')],
    ['agent_goal.status', status(attributes, cause)],
    [STATUS_UNKNOWN, isStatusUnknown(attributes, cause) ? { boolValue: true } : undefined],
    ['agent_goal.has_token_budget', cause === 'clear' ? undefined : { boolValue: budget !== undefined }],
    ['agent_goal.token_budget', budget],
    ['agent_goal.usage.tokens', presentValue(attributes, 'tokens_used')],
    ['agent_goal.usage.duration', seconds(presentValue(attributes, 'active_time_ms'))],
    ['agent_goal.objective_length', presentValue(attributes, 'objective_length')],
    ['agent_goal.client.id', { stringValue: 'qwen-code' }],
    ['agent_goal.client.rpc_transport', { stringValue: 'in_process' }],
    ['agent_goal.source', { stringValue: 'reported' }],
  ]
  return translated.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}

/**
 * The same for a record that is sent twice. Its time leads, since that is how a backend's index grows at its end; of two
 * events at one time, which a backend orders by uid, usage comes first.
 */
function uid(attributes: readonly KeyValue[], cause: string, kind: string): AnyValue | undefined {
  const own = text(attributes, 'log.record.uid')
  const order = kind === 'usage_accounted' ? 1 : 2
  if (own) return { stringValue: `${own}/${order}` }
  const [at, goal] = [text(attributes, 'event.timestamp'), text(attributes, 'goal_id')]
  return at && goal ? { stringValue: `${at}/${goal}/${cause}/${order}` } : undefined
}

function status(attributes: readonly KeyValue[], cause: string): AnyValue | undefined {
  const value = presentValue(attributes, 'status')
  // A payload needs one. Whatever it was, the goal is no longer pursued.
  if (isStatusUnknown(attributes, cause)) return { stringValue: 'paused' }
  const isSpent = SPENT_BUDGETS.includes(text(attributes, 'limit_kind') ?? '')
  return isSpent && value?.stringValue === 'usage_limited' ? { stringValue: 'budget_limited' } : value
}

/** The record of a cleared goal has no status. */
function isStatusUnknown(attributes: readonly KeyValue[], cause: string): boolean {
  return cause === 'clear' && presentValue(attributes, 'status') === undefined
}

/** What is not a number stays as it is, and is refused by the name that it gets here. */
function seconds(value: AnyValue | undefined): AnyValue | undefined {
  const given = value?.intValue ?? value?.doubleValue
  const ms = typeof given === 'string' && given !== '' ? Number(given) : given
  return typeof ms === 'number' && Number.isFinite(ms) ? { doubleValue: ms / 1000 } : value
}

function text(attributes: readonly KeyValue[], name: string): string | undefined {
  const value = presentValue(attributes, name)?.stringValue
  return typeof value === 'string' ? value : undefined
}
