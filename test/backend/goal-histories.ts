import { goalRecord, logs } from './goal-records.ts'
import type { RunningBackend } from './running-backend.ts'

/** Milliseconds: 21 September 2026, noon. */
export const NOON = Date.UTC(2026, 8, 21, 12)

export interface Moment {
  readonly kind?: string
  /** Milliseconds from NOON. */
  readonly at: number
  readonly thread?: string
  readonly goal?: string
  /** The goal that it says it has replaced. */
  readonly previous?: string
  readonly status?: string
  readonly tokens?: number
  readonly seconds?: number
  readonly budget?: number
  readonly service?: string
  readonly objective?: string
  readonly trace?: string
}

let uids = 0

/** A log record of a moment in a goal's history. */
export function moment({ kind = 'status_changed', at, ...of }: Moment): object {
  return goalRecord(
    {
      'log.record.uid': `moment-${String(uids++).padStart(9, '0')}`,
      'gen_ai.conversation.id': of.thread ?? 'thread-1',
      'agent_goal.id': of.goal ?? 'goal-1',
      'agent_goal.previous_id': of.previous,
      'agent_goal.status': of.status ?? 'active',
      'agent_goal.usage.tokens': of.tokens,
      'agent_goal.usage.duration': of.seconds,
      'agent_goal.has_token_budget': of.budget !== undefined,
      'agent_goal.token_budget': of.budget,
      'agent_goal.objective': of.objective,
    },
    {
      eventName: `agent_goal.${kind}`,
      timeUnixNano: String(BigInt(NOON + at) * 1_000_000n),
      ...(of.trace === undefined ? {} : { traceId: of.trace }),
    },
  )
}

/** Sent as one batch a service. */
export async function send(backend: RunningBackend, ...moments: Moment[]): Promise<void> {
  for (const service of new Set(moments.map((one) => one.service ?? 'agent'))) {
    const of = moments.filter((one) => (one.service ?? 'agent') === service)
    const body = JSON.stringify(logs(...of.map(moment))).replace(
      '{"key":"service.name","value":{"stringValue":"agent"}}',
      JSON.stringify({ key: 'service.name', value: { stringValue: service } }),
    )
    const answer = await backend.post('/v1/logs', body)
    if (answer.status !== 200 || (await answer.text()) !== '{}') throw new Error(`not stored: ${answer.status}`)
  }
}
