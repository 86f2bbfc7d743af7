import { type GoalEvent, goalEvents } from '../event/goal-event.ts'
import { type GoalAttributes, goalAttributes, recordAttributes } from '../event/log-record.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import type { KeyValue } from '../otlp/values.ts'
import type { CodexGoalChange } from './codex-goal-change.ts'
import { type CodexGoalEvent, codexGoalEvent } from './codex-goal-event.ts'

/** The service that changes goals which are read from Codex's files. */
const CODEX_SERVICE = 'codex'

/** An event of Codex's goals as goaltrace reports it, and as Codex posts it. */
export interface CodexGoalRecord {
  readonly atMs: number
  readonly kind: GoalEvent['kind']
  readonly attributes: GoalAttributes
  readonly payload: CodexGoalEvent
}

/** @param machine What is known of the machine; a payload says `unknown` of the rest. */
export function codexGoalRecords(goal: CodexGoalChange, machine: ResourceAttributes = {}): CodexGoalRecord[] {
  const resource = keyValues({
    'service.name': CODEX_SERVICE,
    'service.version': goal.version ?? 'unknown',
    'os.type': 'unknown',
    'os.version': 'unknown',
    'host.arch': 'unknown',
    ...machine,
  })
  return goalEvents(goal.change).map((event) => {
    const attributes = recordAttributes(event, goalAttributes(event, goal.context), CODEX_SERVICE, goal.source)
    const payload = codexGoalEvent(`agent_goal.${event.kind}`, keyValues(attributes), resource)
    return { atMs: goal.atMs, kind: event.kind, attributes, payload }
  })
}

function keyValues(attributes: Readonly<Record<string, unknown>>): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'boolean') return { key, value: { boolValue: value } }
    if (typeof value !== 'number') return { key, value: { stringValue: String(value) } }
    return { key, value: Number.isInteger(value) ? { intValue: value } : { doubleValue: value } }
  })
}
