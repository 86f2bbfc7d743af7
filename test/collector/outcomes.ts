import { expect } from 'vitest'
import { isQwenGoalState, qwenGoalEvents, qwenResource } from '../../src/backend/ingest/qwen-goal-state.ts'
import { codexEventKind } from '../../src/codex/codex-event-kind.ts'
import { codexGoalEvent, NotAGoalEvent } from '../../src/codex/codex-goal-event.ts'
import type { CONFIGS } from './collector.ts'
import type { Received } from './otlp-server.ts'
import { attribute, exact, type GoalRecord, plain, recordsOf, UID } from './records.ts'

/** What a goal event becomes: its payload, or the reason why there is none. */
export type Outcome = { readonly payload: unknown } | { readonly refused: string }

const PAYLOADS: Readonly<Record<(typeof CONFIGS)[number], (received: Received) => unknown[]>> = {
  'config.yaml': ({ body }) => recordsOf(body).map((record) => plain(record.body)),
  'config-codex-wire.yaml': ({ path, body }) => {
    expect(path).toBe('/codex/analytics-events/events')
    expect(Object.keys(body as object)).toEqual(['events'])
    return (body as { readonly events: readonly unknown[] }).events.map(exact)
  },
}

/** The payloads that were delivered by a Collector with this configuration. */
export function payloadsAt(config: (typeof CONFIGS)[number], received: readonly Received[]): unknown[] {
  return received.flatMap(PAYLOADS[config])
}

/**
 * What has come out of a Collector with this configuration.
 * @param refused The lines of its dead-letter file.
 */
export function outcomesAt(
  config: (typeof CONFIGS)[number],
  received: readonly Received[],
  refused: readonly unknown[],
): Outcome[] {
  const records = refused.flatMap(recordsOf)
  expect(records.every((record) => attribute(record, UID))).toBe(true)
  return [
    ...payloadsAt(config, received).map((payload) => ({ payload })),
    ...records.map((record) => ({ refused: attribute(record, 'goaltrace.refused') ?? '' })),
  ]
}

/** What the backend makes of a record itself; nothing of one that is not translated. */
export function expected(record: GoalRecord): Outcome[] {
  const { eventName, attributes, resource } = record
  if (isQwenGoalState(eventName, attributes)) {
    return qwenGoalEvents(attributes).map((one) => outcome({ ...one, resource: qwenResource(resource) }))
  }
  return isTranslated({ eventName }) ? [outcome(record)] : []
}

export function outcome({ eventName, attributes, resource }: GoalRecord): Outcome {
  try {
    return { payload: exact(codexGoalEvent(eventName, attributes, resource)) }
  } catch (error) {
    if (error instanceof NotAGoalEvent) return { refused: error.message }
    throw error
  }
}

/** Records of all other names, and of kinds that Codex does not have, are passed over. */
function isTranslated({ eventName }: Pick<GoalRecord, 'eventName'>): boolean {
  return eventName.startsWith('agent_goal.') && codexEventKind(eventName) !== null
}

/** One format carries payloads only, so outcomes are compared as a whole. */
export function sorted(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes
    .map((outcome) => ({ outcome, text: canonical(outcome) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ outcome }) => outcome)
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') return `${one}n`
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
