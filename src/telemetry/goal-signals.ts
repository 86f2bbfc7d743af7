import * as api from '@opentelemetry/api'
import { followGoal, traceOfChange } from '../event/follow-goal.ts'
import type { GoalChange } from '../event/goal-change.ts'
import type { ChangeSource, GoalContext } from '../event/goal-context.ts'
import { eventNameOf, type GoalEvent } from '../event/goal-event.ts'
import { goalAttributes, recordAttributes } from '../event/log-record.ts'
import { type ChangeSlots, type OpenGoals, type SpanRef, slotsOf } from '../event/open-goal.ts'
import { ATTR_AGENT_GOAL_TRACE_ID, ATTR_LOG_RECORD_UID } from '../event/semconv.ts'
import { attributeLimit } from './attribute-limits.ts'
import { type GoalLogRecord, INFO, type LogResource, SCOPE } from './goal-logs.ts'
import {
  type BatchSpans,
  beginOf,
  type ChangeSpans,
  GoalSpans,
  hrTime,
  type SpanOrigin,
  type SpanSource,
} from './goal-spans.ts'
import type { TracedSpan } from './goal-trace.ts'

/** A change of a goal as it was committed, and what is known of its making. */
export interface CommittedChange {
  readonly change: GoalChange
  readonly context: SpanOrigin & {
    readonly uid: string
    readonly known: GoalContext & { readonly source?: ChangeSource | undefined }
  }
  readonly events: readonly GoalEvent[]
  /** The events' own, by which a backend recognizes copies of a record. */
  readonly uids: readonly string[]
  readonly sender: {
    /** The goals' table. */
    readonly table: { readonly table: string }
    readonly log: LogResource
    readonly service: string
    readonly spans: SpanSource | undefined
  }
}

/** What a batch of changes is to OpenTelemetry. */
export interface Signals {
  readonly records: GoalLogRecord[]
  readonly spans: BatchSpans
  /** Of goals' traces, to be made by `recordTraced` once the batch's records are delivered. */
  readonly traced: TracedSpan[]
  /** For metrics, which count what is delivered. */
  readonly events: GoalEvent[]
}

/** From committed changes to log records and spans. */
export class GoalSignals {
  readonly #spans = new GoalSpans()
  readonly #limit = attributeLimit(process.env, 'LOGRECORD')

  /** Changes that were not delivered are about to come again. */
  start(): void {
    this.#spans.start()
  }

  /** @param openGoals Undefined where goals have no traces. */
  of(changes: readonly CommittedChange[], openGoals?: OpenGoals): Signals {
    const observedAt = hrTime(Date.now())
    const records: GoalLogRecord[] = []
    const all: GoalEvent[] = []
    const spans = this.#spans.batch()
    const traced: TracedSpan[] = []
    for (const of of changes) {
      const { context, sender, events, uids } = of
      const known = events.map((event) => goalAttributes(event, context.known))
      const slots = openGoals && sender.spans?.flagsOf && slotsOf(openGoals, sender.table.table, of.change)
      const goal = slots && goalOf(of, slots)
      const made = this.#spans.record(
        spans,
        sender.spans,
        events,
        known.at(-1) ?? {},
        context,
        uids[0] ?? context.uid,
        goal,
      )
      if (made.part && sender.spans) traced.push({ source: sender.spans, span: made.part })
      if (slots) for (const span of follow(of, slots, made, goal)) traced.push(span)
      const elsewhere = traceElsewhere(goal, made.ofRecords)
      for (const [n, event] of events.entries()) {
        all.push(event)
        const attributes = recordAttributes(event, known[n] ?? {}, sender.service, context.known.source)
        attributes[ATTR_LOG_RECORD_UID] = uids[n] ?? ''
        if (elsewhere !== undefined) attributes[ATTR_AGENT_GOAL_TRACE_ID] = elsewhere
        const limited = this.#limit(attributes)
        records.push({
          hrTime: hrTime(context.atMs),
          hrTimeObserved: observedAt,
          spanContext: made.ofRecords,
          severityNumber: INFO,
          eventName: eventNameOf(event.kind),
          attributes: limited.attributes,
          resource: sender.log,
          instrumentationScope: SCOPE,
          droppedAttributesCount: limited.droppedAttributesCount,
        })
      }
    }
    return { records, spans, traced, events: all }
  }

  /** Their log records are delivered. */
  confirm({ spans }: Signals): void {
    this.#spans.confirm(spans)
  }
}

/** The root span of the trace that this change belongs to; null where that is over. */
function goalOf({ change, context, sender }: CommittedChange, slots: ChangeSlots): api.SpanContext | null {
  const ids = traceOfChange(slots, change, context.uid)
  return ids ? { ...ids, traceFlags: sender.spans?.flagsOf?.(ids.traceId) ?? 0 } : null
}

/** The goal's trace, where it is to be found and its records belong to another. */
function traceElsewhere(goal: api.SpanContext | null | undefined, ofRecords: api.SpanContext | undefined) {
  if (!goal || goal.traceId === ofRecords?.traceId) return undefined
  return (goal.traceFlags & api.TraceFlags.SAMPLED) === 0 ? undefined : goal.traceId
}

function follow(
  { change, context, sender }: CommittedChange,
  slots: ChangeSlots,
  { own, caller }: ChangeSpans,
  goal: api.SpanContext | null | undefined,
): TracedSpan[] {
  const { spans: source } = sender
  if (source === undefined) return []
  const { uid, atMs, known } = context
  const span = own && own.traceId !== goal?.traceId ? refOf(own) : undefined
  const moment = { uid, atMs, startMs: beginOf(context), known, span, caller: caller && refOf(caller) }
  const spans = followGoal(slots, change, moment)
  return spans.length === 0 ? [] : spans.map((span) => ({ source, span }))
}

/** Without what a context has besides, such as a state, which is not kept. */
function refOf({ traceId, spanId, traceFlags }: api.SpanContext): SpanRef {
  return { traceId, spanId, traceFlags }
}
